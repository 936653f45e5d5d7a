-- Models that TensorFlow has written; make_models.py makes them.
CREATE OR REPLACE MODEL `d.headlines` OPTIONS (MODEL_TYPE = 'TENSORFLOW', MODEL_PATH = '{folder}/headlines/*');
CREATE OR REPLACE MODEL `d.colours` OPTIONS (MODEL_TYPE = 'TENSORFLOW', MODEL_PATH = '{folder}/colours/*');
CREATE OR REPLACE MODEL `d.postage` OPTIONS (MODEL_TYPE = 'TENSORFLOW_LITE', MODEL_PATH = '{folder}/postage.tflite');
