-- A SavedModel with an operator that has no ONNX is refused with the operator's name.
-- source: tf2onnx 1.17 (what it says of this model)
-- differs: BigQuery runs TensorFlow itself, with all of its operators.
-- covers: model tensorflow
-- needs: tensorflow, tf2onnx
CREATE MODEL d.texts OPTIONS (MODEL_TYPE = 'TENSORFLOW', MODEL_PATH = '{folder}/texts/*');
-- error: tf2onnx has no ONNX for StringSplitV2
