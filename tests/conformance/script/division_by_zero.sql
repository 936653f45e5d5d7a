-- What fails in BigQuery fails here: zero as a divisor, and texts that are no whole number.
-- source: BigQuery mathematical operators, DIV, MOD and the conversion rules of CAST
-- covers: script SAFE
DECLARE told ARRAY<STRING> DEFAULT [];
BEGIN SELECT 1 / 0; EXCEPTION WHEN ERROR THEN SET told = ARRAY_CONCAT(told, [@@error.message]); END;
BEGIN SELECT 0.0 / 0.0; EXCEPTION WHEN ERROR THEN SET told = ARRAY_CONCAT(told, [@@error.message]); END;
BEGIN SELECT DIV(x, 0) FROM UNNEST([1]) AS x; EXCEPTION WHEN ERROR THEN SET told = ARRAY_CONCAT(told, [@@error.message]); END;
BEGIN SELECT MOD(5, x) FROM UNNEST([0]) AS x; EXCEPTION WHEN ERROR THEN SET told = ARRAY_CONCAT(told, [@@error.message]); END;
BEGIN SELECT CAST(x AS INT64) FROM UNNEST(['1.5']) AS x; EXCEPTION WHEN ERROR THEN SET told = ARRAY_CONCAT(told, [@@error.message]); END;
BEGIN SELECT ERROR('oops'); EXCEPTION WHEN ERROR THEN SET told = ARRAY_CONCAT(told, [@@error.message]); END;
SELECT message FROM UNNEST(told) AS message WITH OFFSET AS place ORDER BY place;
-- columns: message STRING
-- rows:
-- ["division by zero"]
-- ["division by zero"]
-- ["division by zero"]
-- ["division by zero"]
-- ["Bad int64 value: 1.5"]
-- ["oops"]
