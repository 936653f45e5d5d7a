-- An option of another model type says which.
-- source: an option that belongs to another model type says which
-- covers: input other_types_option
CREATE MODEL shop.x OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], num_clusters = 3) AS SELECT price, amount FROM shop.sales;
-- error: kmeans
