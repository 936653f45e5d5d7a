-- Models that were made elsewhere: trees by XGBoost, a classifier of irises by scikit-learn as ONNX (see SOURCE.md).
CREATE MODEL `d.churn` INPUT (age FLOAT64, visits FLOAT64) OUTPUT (churned FLOAT64) OPTIONS (MODEL_TYPE = 'XGBOOST', MODEL_PATH = '{folder}/churn.json');
CREATE OR REPLACE MODEL `d.iris` OPTIONS (MODEL_TYPE = 'ONNX', MODEL_PATH = '{folder}/iris.onnx');
CREATE MODEL `d.colours` OPTIONS (MODEL_TYPE = 'ONNX', MODEL_PATH = '{folder}/colours.onnx');
