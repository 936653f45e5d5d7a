"""What is found about real tables."""

from __future__ import annotations

import duckdb
import pytest

from penstock.learn.understanding.described import findings_about


def read(source):
    return duckdb.sql(f"SELECT * FROM {source}").to_arrow_table()


def found_in(table, label):
    return {(each.kind, *each.columns): each for each in findings_about(table, label, seed=1, threads=1)}


def test_churn_of_a_telephone_company(shared_data):
    table = read(f"'{shared_data('telco-churn') / 'Telco-Customer-Churn.csv'}'")
    found = found_in(table, "Churn")
    assert set(found) == {("label", "Churn"), ("identifier", "customerID"), ("number in a text", "TotalCharges")}
    assert found["identifier", "customerID"].drops
    assert "11 rows hold blanks only" in found["number in a text", "TotalCharges"].message


def test_passengers_of_the_titanic(shared_data):
    table = read(f"'{shared_data('titanic') / 'titanic_train.csv'}'")
    found = found_in(table, "survived")
    assert set(found) == {
        ("label", "Survived"),
        ("identifier", "PassengerId"),
        ("free text", "Name"),
        ("missing values", "Cabin"),
        ("rare categories", "Ticket"),
        ("rare categories", "Cabin"),
    }


def test_credits_in_germany_have_nothing_wrong_with_them(shared_data):
    table = read(f"read_csv('{shared_data('german-credit') / 'german_credit.txt'}', delim = ' ')")
    assert list(found_in(table, "CLASSIFICATION")) == [("label", "CLASSIFICATION")]


def test_rentals_of_bicycles_add_up_and_grow(tmp_path, shared_data):
    import zipfile

    with zipfile.ZipFile(shared_data("bike-sharing") / "bike_sharing_dataset.zip") as archive:
        archive.extract("hour.csv", tmp_path)
    found = found_in(read(f"'{tmp_path / 'hour.csv'}'"), "cnt")
    assert found["identifier", "instant"].drops
    assert not found["leakage", "casual", "registered"].drops
    assert ("drift", "season") in found
    assert ("label drift", "cnt") in found


def test_calls_to_a_city_hold_places_dates_and_names(shared_data):
    table = read(f"read_csv('{shared_data('baltimore-311-tickets') / '311_sample.csv.gz'}', all_varchar = true)")
    found = found_in(table, "Agency")
    assert ("coordinates in a text", "GeoLocation") in found
    assert found["date in a text", "CreatedDate"].done.endswith(
        """try_strptime("CreatedDate", '%m/%d/%Y %I:%M:%S %p') AS "CreatedDate"."""
    )
    assert found["identifier", "SRRecordID"].drops
    assert found["empty column", "LastActivity"].drops
    assert ("imbalance", "Agency") in found


@pytest.mark.parametrize(
    ("file", "label", "expected"),
    [
        ("부산교통공사_도시철도역사정보_20190520.csv", "역사명", None),
        ("incheon_airport.csv", "여객계", ("date in a text", "기간")),
        ("seoul_pop2020_all.csv", "세대", None),
    ],
)
def test_korean_files_in_cp949(shared_data, tmp_path, file, label, expected):
    text = (shared_data("korean-public-cp949") / file).read_bytes().decode("cp949")
    (tmp_path / "utf8.csv").write_text(text, encoding="utf-8")
    found = found_in(read(f"read_csv('{tmp_path / 'utf8.csv'}', header = true)"), label)
    assert found
    assert expected is None or expected in found


def test_the_days_that_a_call_was_open_are_known_from_when_it_was_closed(shared_data):
    calls = read(f"'{shared_data('baltimore-311-tickets') / '311_sample.csv.gz'}' WHERE DaysOpen IS NOT NULL")
    assert "from 'CreatedDate' to 'CloseDate'" in found_in(calls, "DaysOpen")["leakage", "CloseDate"].message
    assert ("leakage", "SRType") in found_in(calls, "Agency")
