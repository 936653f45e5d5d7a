-- Small tables and models, for what is refused.
CREATE TABLE shop.sales AS
SELECT MOD(n, 7) AS price, IF(MOD(n, 3) = 0, 'a', 'b') AS kind, 3 * MOD(n, 7) + MOD(n, 2) AS amount, MOD(n, 5) AS stars,
  IF(n = 7, NULL, n) AS holed
FROM UNNEST(GENERATE_ARRAY(1, 100)) AS n;
CREATE MODEL shop.plain OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount']) AS SELECT price, kind, amount FROM shop.sales;
CREATE MODEL shop.stars OPTIONS (model_type = 'logistic_reg', input_label_cols = ['stars']) AS SELECT price, kind, stars FROM shop.sales;
CREATE MODEL shop.groups OPTIONS (model_type = 'kmeans', num_clusters = 2) AS SELECT price, kind FROM shop.sales;
