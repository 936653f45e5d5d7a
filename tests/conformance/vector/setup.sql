-- Vectors in a plane.
CREATE TABLE v.base AS SELECT * FROM UNNEST([STRUCT(1 AS id, [1.0, 0.0] AS place), (2, [0.0, 2.0]), (3, [3.0, 4.0])]);
CREATE TABLE v.asked AS SELECT 'q' AS name, [0.0, 1.0] AS place;
