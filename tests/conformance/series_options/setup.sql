-- Two short series with a regressor: what the options of time series models change. What their functions give stands in
-- the folder series.
CREATE TABLE d.daily AS
SELECT DATE_ADD(DATE '2024-01-01', INTERVAL n DAY) AS day, shop, 100 + n / 4 + 10 * MOD(n, 7) + 3 * MOD(n * 37, 11) + IF(shop = 'a', 0, 50) AS sold, MOD(n * 37, 11) AS warm, IF(shop = 'a', 'north', 'south') AS region
FROM UNNEST(GENERATE_ARRAY(0, 139)) AS n, UNNEST(['a', 'b']) AS shop;
CREATE TABLE d.next_days AS
SELECT DATE_ADD(DATE '2024-01-01', INTERVAL n DAY) AS day, shop, MOD(n * 37, 11) AS warm
FROM UNNEST(GENERATE_ARRAY(140, 144)) AS n, UNNEST(['a', 'b']) AS shop;
