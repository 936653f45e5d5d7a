-- Days of visits, one table a day, and a model.
CREATE TABLE web.visits_20260101 AS SELECT 'kr' AS country, 10 AS hits, FALSE AS bought UNION ALL SELECT 'us', 3, FALSE;
CREATE TABLE web.visits_20260102 AS SELECT 'kr' AS country, 30 AS hits, TRUE AS bought UNION ALL SELECT 'de', 7, FALSE;
CREATE TABLE web.visits_20260103 AS SELECT 'kr' AS country, 50 AS hits, TRUE AS bought;
CREATE TABLE web.carts AS
SELECT 1 AS id, [STRUCT('pen' AS item, 2 AS number, 1.5 AS price), STRUCT('ink', 1, 9.0)] AS items, ['a', 'b'] AS tags
UNION ALL SELECT 2, [STRUCT('pen' AS item, 1 AS number, 1.5 AS price)], ['b'];
