-- A sheet of an Excel file, and a text file with tabs.
CREATE TABLE customers AS SELECT * FROM read_xlsx('data/customers.xlsx', sheet = 'customers');

-- A new customer has no total yet: the file holds a blank there.
CREATE TABLE contracts OPTIONS (null_markers = [' ']) AS SELECT * FROM 'data/contracts.txt';

CREATE ASSERTION every_customer_has_a_contract ON customers
CHECK (customerID IN (SELECT customerID FROM contracts));

CREATE VIEW churn_data AS
SELECT customers.* EXCLUDE (customerID), contracts.* EXCLUDE (customerID)
FROM customers JOIN contracts USING (customerID);

CREATE MODEL churn
OPTIONS (model_type = 'logistic_reg', input_label_cols = ['Churn'], auto_class_weights = TRUE) AS
SELECT * FROM churn_data;

CREATE GOAL worth_calling ON MODEL churn
ACCEPT WHEN roc_auc >= 0.80 AND roc_auc >= champion.roc_auc - 0.01;

CREATE ENDPOINT churn_risk ON MODEL churn;

CREATE MONITOR churn_watch ON ENDPOINT churn_risk OPTIONS (window_rows = 1000)
BREACH WHEN max_psi > 0.25 OR roc_auc < 0.75;

CREATE TRIGGER every_month ON SCHEDULE '0 3 1 * *' DO RUN PROJECT, RETRAIN MODEL churn
OPTIONS (cool_down = '20 days');
