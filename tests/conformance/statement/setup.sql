-- A small table and a model of it, for the forms of the statements.
CREATE TABLE shop.sales AS
SELECT n, MOD(n, 7) AS price, IF(MOD(n, 3) = 0, 'a', 'b') AS kind, IF(MOD(n, 10) = 0, NULL, 2.5 * MOD(n, 7)) AS weight,
  DATE_ADD(DATE '2026-01-01', INTERVAL n DAY) AS day, 3 * MOD(n, 7) + MOD(n, 2) AS amount, MOD(n, 7) > 3 AS dear
FROM UNNEST(GENERATE_ARRAY(1, 200)) AS n;
CREATE MODEL shop.plain OPTIONS (model_type = 'LINEAR_REG', input_label_cols = ['amount']) AS SELECT price, kind, amount FROM shop.sales;
