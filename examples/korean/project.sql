-- CP949로 저장된 파일을 그대로 읽는다. 인코딩은 알아서 찾는다.
CREATE TABLE 대여
OPTIONS (time_column = '날짜') AS
SELECT * FROM 'data/자전거_대여.csv';

CREATE ASSERTION 대여수는_음수가_아니다 ON 대여 CHECK (대여수 >= 0);

CREATE MODEL 수요예측
OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['대여수'],
         data_split_method = 'SEQ', data_split_col = '날짜', max_iterations = 100, learn_rate = 0.1) AS
SELECT 날짜, 계절, 요일, 공휴일, 날씨, 기온, 습도, 풍속, 대여수 FROM 대여;

CREATE GOAL 쓸만하다 ON MODEL 수요예측
ACCEPT WHEN mean_absolute_error <= champion.mean_absolute_error * 1.05;

CREATE ENDPOINT 대여_예측 ON MODEL 수요예측;

CREATE MONITOR 변화_감시 ON ENDPOINT 대여_예측 OPTIONS (window = '30 days')
BREACH WHEN max_psi > 0.25 OR mean_absolute_error > 1.5 * baseline_mean_absolute_error;

CREATE TRIGGER 다시_학습 ON BREACH OF 변화_감시
DO REFRESH TABLE 대여, RETRAIN MODEL 수요예측
OPTIONS (cool_down = '7 days');
