-- Weights times values, with the intercept, are the prediction.
-- source: the sum computed in the query from ML.WEIGHTS
-- covers: ML.WEIGHTS on linear_reg; ML.PREDICT on linear_reg
-- tolerance: 1e-9
WITH w AS (SELECT * FROM ML.WEIGHTS(MODEL bqml.linear)),
word AS (SELECT processed_input, c.category, c.weight FROM w, UNNEST(category_weights) AS c)
SELECT p.tag_number, p.predicted_body_mass_g / (
    (SELECT weight FROM w WHERE processed_input = '__INTERCEPT__')
    + (SELECT weight FROM w WHERE processed_input = 'culmen_length_mm') * p.culmen_length_mm
    + (SELECT weight FROM w WHERE processed_input = 'culmen_depth_mm') * p.culmen_depth_mm
    + (SELECT weight FROM w WHERE processed_input = 'flipper_length_mm') * p.flipper_length_mm
    + (SELECT weight FROM word WHERE processed_input = 'species' AND category = p.species)
    + (SELECT weight FROM word WHERE processed_input = 'island' AND category = p.island)
    + (SELECT weight FROM word WHERE processed_input = 'sex' AND category = p.sex)) AS by_hand
FROM ML.PREDICT(MODEL bqml.linear, TABLE bqml.new_penguins) AS p ORDER BY tag_number;
-- columns: tag_number INT64, by_hand FLOAT64
-- rows:
-- [1633, 1]
-- [1672, 1]
-- [1690, 1]
