-- Distances of plain and of sparse vectors.
-- source: BigQuery bigqueryml-syntax-distance.md; by arithmetic
-- covers: ML.DISTANCE
SELECT ML.DISTANCE([4.1, 0.5, 1.0], [3.0, 0.0, 2.5], 'EUCLIDEAN') AS e, ML.DISTANCE([4.1, 0.5, 1.0], [3.0, 0.0, 2.5], 'MANHATTAN') AS m, ML.DISTANCE([3.0, 4.0], [4.0, 3.0], 'COSINE') AS c, ML.DISTANCE([STRUCT(1 AS key, 3.0 AS v)], [STRUCT(2 AS key, 4.0 AS v)], 'EUCLIDEAN') AS sparse, ML.DISTANCE(CAST(NULL AS ARRAY<FLOAT64>), [1.0], 'EUCLIDEAN') AS nothing;
-- columns: e FLOAT64, m FLOAT64, c FLOAT64, sparse FLOAT64, nothing FLOAT64
-- rows: 
-- [1.926136, 3.1, 0.04, 5.0, null]
