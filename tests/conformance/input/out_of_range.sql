-- A value out of its range says the range.
-- source: an option value out of range says the range
-- covers: input out_of_range
CREATE MODEL shop.x OPTIONS (model_type = 'kmeans', num_clusters = 1) AS SELECT price FROM shop.sales;
-- error: between 2 and 100
