-- Options that describe the model.
-- source: BigQuery bigqueryml-syntax-alter-model.md
-- covers: statement S11; syntax ALTER_MODEL; option description, labels of linear_reg
ALTER MODEL shop.plain SET OPTIONS (description = 'what is sold', labels = [('team', 'shop')]);
ALTER MODEL IF EXISTS shop.nowhere SET OPTIONS (description = 'nothing');
SELECT 1 AS done;
-- columns: done INT64
-- rows: 
-- [1]
