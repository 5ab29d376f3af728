#include "api/request_export.hpp"

#include "api/helicone_request.hpp"
#include "api/write_json.hpp"
#include "request_rows.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace json = boost::json;

namespace weir::api::test
{

namespace
{

struct export_fixture : record_of_requests {
    answered all(std::string_view query = "") { return ask(with, "GET", "/v1/request/export" + std::string(query)); }

    /// The last digit of each line's id.
    std::string order(std::string_view query = "")
    {
        auto const said = all(query);
        BOOST_TEST(said.status == 200);
        std::string digits;
        for (auto const& line : lines(said.body, "\n")) digits += json::parse(line).at("request_id").as_string().back();
        return digits;
    }

    static std::vector<std::string> lines(std::string_view text, std::string_view end)
    {
        std::vector<std::string> found;
        while (!text.empty()) {
            auto const at = text.find(end);
            BOOST_REQUIRE(at != text.npos); // the last one ends, too
            found.emplace_back(text.substr(0, at));
            text.remove_prefix(at + end.size());
        }
        return found;
    }

    /// The field of that name of the only record.
    std::string field(storage::request_record const& of, storage::bodies const& content, std::string_view name)
    {
        BOOST_REQUIRE(db.execute("DELETE FROM request").has_value());
        BOOST_REQUIRE(db.execute("DELETE FROM body_block").has_value());
        add({of}, content);
        auto const read = records(all("?format=csv").body);
        BOOST_TEST_REQUIRE(read.size() == 2U);
        auto const& names = read[0];
        BOOST_TEST_REQUIRE(read[1].size() == names.size());
        auto const at = std::find(names.begin(), names.end(), name);
        BOOST_REQUIRE(at != names.end());
        return read[1][static_cast<std::size_t>(at - names.begin())];
    }

    /// Reads CSV as RFC 4180 has it.
    static std::vector<std::vector<std::string>> records(std::string_view csv)
    {
        std::vector<std::vector<std::string>> found;
        bool in_quotes = false, is_new = true;
        for (std::size_t i = 0; i < csv.size(); ++i) {
            if (std::exchange(is_new, false)) found.emplace_back(1);
            auto& value = found.back().back();
            bool const twice = csv.substr(i, 2) == "\"\"";
            if (in_quotes && twice) {
                value += '"';
                ++i;
            } else if (csv[i] == '"')
                in_quotes = !in_quotes;
            else if (!in_quotes && csv[i] == ',')
                found.back().emplace_back();
            else if (!in_quotes && csv.substr(i, 2) == "\r\n") {
                is_new = true;
                ++i;
            } else
                value += csv[i];
        }
        BOOST_TEST(is_new);
        return found;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(request_export_, export_fixture)

BOOST_AUTO_TEST_CASE(an_empty_record_is_exported_as_nothing)
{
    BOOST_TEST(all().status == 200);
    BOOST_TEST(all().body == "");
    BOOST_TEST(records(all("?format=csv").body).size() == 1U); // the names
}

BOOST_AUTO_TEST_CASE(a_line_is_a_call_with_both_bodies_as_the_api_shows_it)
{
    add({row(1)}, {.request = R"({"model": "gpt-4o"})", .response = "not JSON", .raw_stream = {}});

    auto const said = all();

    BOOST_TEST(said.body.back() == '\n');
    auto const exported = json::parse(said.body);
    BOOST_TEST(json::serialize(exported.at("request_body")) == R"({"model":"gpt-4o"})");
    BOOST_TEST(exported.at("response_body").as_string() == "not JSON");
    auto const one = "/v1/request/" + numbered(1).text() + "?includeBody=true";
    auto const shown = json::parse(ask(with, "GET", one).body).at("data");
    BOOST_TEST(json::serialize(exported) == json::serialize(shown));
}

BOOST_AUTO_TEST_CASE(a_call_is_one_line_whatever_its_bodies_are_written_like)
{
    add({row(1)}, {.request = "{\"model\":\r\n  \"gpt-4o\"\n}\r\n", .response = "no\nJSON\r\n", .raw_stream = {}});

    auto const text = all().body;

    BOOST_TEST(std::ranges::count(text, '\n') == 1);
    BOOST_TEST(text.find('\r') == text.npos);
    auto const exported = json::parse(text);
    BOOST_TEST(json::serialize(exported.at("request_body")) == R"({"model":"gpt-4o"})");
    BOOST_TEST(exported.at("response_body").as_string() == "no\nJSON\r\n");
}

BOOST_AUTO_TEST_CASE(calls_come_oldest_first_and_only_those_that_pass)
{
    for (unsigned n = 1; n <= 5; ++n) {
        auto made = row(n);
        made.user_id = n % 2 ? "odd" : "even";
        add({made});
    }

    BOOST_TEST(order() == "12345");
    BOOST_TEST(order("?format=jsonl&filter=all") == "12345");
    BOOST_TEST(order("?filter=%22all%22") == "12345");
    BOOST_TEST(order("?filter={}") == "12345");
    BOOST_TEST(order(R"(?filter={"request":{"user_id":{"equals":"odd"}}})") == "135");
    BOOST_TEST(order(R"(?filter={"request":{"user_id":{"equals":"none"}}})") == "");
}

BOOST_AUTO_TEST_CASE(each_organisation_exports_its_own_calls_alone)
{
    auto theirs = row(2);
    theirs.organization = storage::organization_id{7};
    add({row(1), theirs});

    BOOST_TEST(order() == "1");
    with.organization = storage::organization_id{7};
    BOOST_TEST(order() == "2");
    with.organization = storage::organization_id{8};
    BOOST_TEST(order() == "");
}

BOOST_AUTO_TEST_CASE(what_is_longer_than_a_piece_or_a_step_is_exported_as_a_whole)
{
    std::vector<storage::request_record> many;
    for (unsigned n = 1; n <= 12'000; ++n) { // more than two steps
        many.push_back(row(n));
        many.back().has_body = false;
    }
    add(many);
    auto large = row(12'001);
    add({large}, {.request = '"' + std::string(3 << 20, 'x') + '"', .response = "{}", .raw_stream = {}});

    auto const whole = lines(all().body, "\n");
    BOOST_TEST(whole.size() == 12'001U);
    BOOST_TEST(whole.back().size() > 3U << 20U);
    BOOST_TEST(order(R"(?filter={"request_response_rmt":{"response_body":{"contains":"{}"}}})").size() == 1U);
}

BOOST_AUTO_TEST_CASE(no_piece_is_much_longer_than_a_mebibyte)
{
    for (unsigned n = 1; n <= 20; ++n)
        add({row(n)}, {.request = '"' + std::string(300'000, 'x') + '"', .response = "{}", .raw_stream = {}});
    request_export what(storage::default_organization, {}, export_format::jsonl);

    std::size_t pieces = 0;
    while (!what.is_done()) {
        auto const piece = what.step(db);
        BOOST_REQUIRE(piece.has_value());
        BOOST_TEST(piece->size() < 1'500'000U);
        ++pieces;
    }
    BOOST_TEST(what.calls() == 20);
    BOOST_TEST(pieces >= 5U);
}

BOOST_AUTO_TEST_CASE(calls_recorded_meanwhile_have_no_part_in_it)
{
    add({row(1)});
    request_export what(storage::default_organization, {}, export_format::jsonl);
    BOOST_REQUIRE(what.step(db).has_value());
    add({row(2)});

    while (!what.is_done()) BOOST_REQUIRE(what.step(db).has_value());

    BOOST_TEST(what.calls() == 1);
}

BOOST_AUTO_TEST_CASE(csv_has_the_same_columns_and_reads_back)
{
    auto made = row(1);
    auto const first = [&](std::string_view name) {
        return field(made, {.request = R"({"a": "b,\"c\""})", .response = "two\r\nlines", .raw_stream = {}}, name);
    };

    BOOST_TEST(first("request_id") == numbered(1).text());
    BOOST_TEST(first("response_status") == "200");
    BOOST_TEST(first("provider") == "OPENAI");
    BOOST_TEST(first("request_body") == R"({"a": "b,\"c\""})");
    BOOST_TEST(first("response_body") == R"("two\r\nlines")");
    BOOST_TEST(first("properties") == R"({"b":"2","a":"1"})");
    BOOST_TEST(first("country_code") == "");
    BOOST_TEST(first("cache_enabled") == "false");
    BOOST_TEST(first("time_to_first_token") == to_json(250.5));
    auto const names = records(all("?format=csv").body).front();
    std::size_t i = 0;
    for (auto const& member : shape_of<helicone_request>.fields) BOOST_TEST(names[i++] == member.name);
}

BOOST_AUTO_TEST_CASE(no_field_of_csv_is_a_formula)
{
    struct {
        std::string value, expected;
    } const cases[] = {
        {"=1+1", "'=1+1"},           {"+1", "'+1"},     {"-1", "'-1"},      {"@SUM(A1)", "'@SUM(A1)"},
        {"=A1,\"b\"", "'=A1,\"b\""}, {"a=1", "a=1"},    {"alice", "alice"}, {"a\nb", "a\nb"},
        {"\t=1", "'\t=1"},           {"\r=1", "'\r=1"}, {"a\"b", "a\"b"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.value)
        {
            auto made = row(1);
            made.user_id = c.value;
            BOOST_TEST(field(made, {}, "request_user_id") == c.expected);
        }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_not_kept_says_why)
{
    auto made = row(1);
    made.has_body = false;
    made.body_missing = "memory";
    add({made});

    auto const exported = json::parse(all().body);

    BOOST_TEST(json::serialize(exported.at("request_body")) ==
               R"({"helicone_message":"the body was not recorded: memory"})");
}

BOOST_AUTO_TEST_CASE(what_is_asked_wrongly_is_named)
{
    struct {
        std::string_view query, expected;
    } const cases[] = {
        {"?format=xml", "format: "},
        {"?format=", "format: "},
        {"?filter={", "filter: "},
        {"?filter=some", "filter: "},
        {R"(?filter={"request":{"user_id":{}}})", "filter.request.user_id: an operator is missing"},
        {R"(?filter={"request":{"created_at":{"gt":"x"}}})", "filter.request.created_at.gt: "},
        {R"(?filter={"nothing":{}})", "filter"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.query)
        {
            auto const said = all(c.query);
            BOOST_TEST(said.status == 400);
            BOOST_TEST(error_of(said).starts_with(c.expected), error_of(said));
        }
}

BOOST_AUTO_TEST_CASE(what_fails_before_the_first_piece_is_an_answer_of_its_own)
{
    add({row(1)});
    BOOST_REQUIRE(db.execute("ALTER TABLE request RENAME TO gone").has_value());

    BOOST_TEST(all().status == 500);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
