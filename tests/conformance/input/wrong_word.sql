-- A word that is none of the choices says which there are.
-- source: the issue: every unknown option or function gets its nearest name
-- covers: input wrong_word
CREATE MODEL shop.x OPTIONS (model_type = 'kmeans', distance_type = 'MANHATTAN') AS SELECT price FROM shop.sales;
-- error: 'EUCLIDEAN', 'COSINE'
