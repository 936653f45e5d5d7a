-- A function on a model type that lacks it says which functions that one has.
-- source: a model type used with a function that it lacks says which functions it has
-- covers: input wrong_model_type
SELECT * FROM ML.CENTROIDS(MODEL shop.plain);
-- error: ML.WEIGHTS
