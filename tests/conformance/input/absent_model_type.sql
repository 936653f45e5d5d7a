-- A model type of BigQuery that is not here says what comes nearest.
-- source: what cannot be done says so by name, with the reason and the nearest thing that works
-- covers: input absent_model_type
CREATE MODEL shop.x OPTIONS (model_type = 'TENSORFLOW', model_path = 'gs://bucket/model/*');
-- error: model_type = 'onnx'
