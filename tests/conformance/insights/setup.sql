-- Sales of two years: one city doubled what it sold of one kind.
CREATE TABLE d.sales AS
SELECT city, kind, later, n AS customer, IF(later AND city = 'Busan' AND kind = 'tea', 40, 20) + MOD(n, 3) AS sold, 10 AS cost
FROM UNNEST(['Seoul', 'Busan', 'Daegu']) AS city, UNNEST(['tea', 'coffee']) AS kind, UNNEST([TRUE, FALSE]) AS later, UNNEST(GENERATE_ARRAY(1, 10)) AS n;
