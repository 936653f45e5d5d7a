-- The errors of the ratings are the arithmetic of the recommendations, and these are that of the factors and intercepts.
-- source: the formulas of scikit-learn's metrics, computed in the query from ML.RECOMMEND and ML.WEIGHTS
-- covers: model matrix_factorization; resolution mf_metric_names; tutorial 10; option user_col, item_col, rating_col of matrix_factorization; ML.EVALUATE on matrix_factorization; ML.RECOMMEND on matrix_factorization; ML.WEIGHTS on matrix_factorization
-- tolerance: 1e-6
WITH told AS (
  SELECT r.rating AS wanted, p.predicted_rating AS given, p.user_id, p.item_id
  FROM bqml.ratings AS r JOIN ML.RECOMMEND(MODEL bqml.taste) AS p ON CAST(p.user_id AS STRING) = CAST(r.user_id AS STRING) AND CAST(p.item_id AS STRING) = CAST(r.item_id AS STRING)),
by_hand AS (
  SELECT COUNT(*) AS n, AVG(ABS(wanted - given)) AS mae, AVG(POW(wanted - given, 2)) AS mse, 1 - AVG(POW(wanted - given, 2)) / VAR_POP(wanted) AS r2,
    1 - VAR_POP(wanted - given) / VAR_POP(wanted) AS explained FROM told),
users AS (SELECT feature, intercept, f.factor, f.weight FROM ML.WEIGHTS(MODEL bqml.taste), UNNEST(factor_weights) AS f WHERE processed_input = 'user_id'),
items AS (SELECT feature, intercept, f.factor, f.weight FROM ML.WEIGHTS(MODEL bqml.taste), UNNEST(factor_weights) AS f WHERE processed_input = 'item_id'),
products AS (
  SELECT u.feature AS user_id, i.feature AS item_id, MAX(u.intercept) + MAX(i.intercept) + SUM(u.weight * i.weight)
    + (SELECT intercept FROM ML.WEIGHTS(MODEL bqml.taste) WHERE feature = 'global__intercept__') AS rating
  FROM users AS u JOIN items AS i USING (factor) GROUP BY 1, 2)
SELECT n = (SELECT COUNT(*) FROM bqml.ratings) AS whole, e.mean_absolute_error / mae AS mae, e.mean_squared_error / mse AS mse, e.r2_score / r2 AS r2, e.explained_variance / explained AS explained,
  (SELECT MAX(ABS(p.rating - t.given)) < 1e-6 FROM products AS p JOIN told AS t ON p.user_id = CAST(t.user_id AS STRING) AND p.item_id = CAST(t.item_id AS STRING)) AS products
FROM by_hand CROSS JOIN ML.EVALUATE(MODEL bqml.taste) AS e;
-- columns: whole BOOL, mae FLOAT64, mse FLOAT64, r2 FLOAT64, explained FLOAT64, products BOOL
-- rows:
-- [true, 1, 1, 1, 1, true]
