#include "dataset_support.hpp"

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct helicone_datasets : with_datasets {
    std::string const base = "/v1/helicone-dataset/";

    json::array rows_of(std::string const& dataset, std::string const& page = R"({"offset":0,"limit":10})")
    {
        return data(base + dataset + "/query", page).as_array();
    }
    json::value count_of(std::string const& dataset) { return data(base + dataset + "/count"); }
    json::array listed(std::string const& body = "{}") { return data("/v1/helicone-dataset/query", body).as_array(); }

    /// What a row's link leads to, without a key.
    std::string behind(json::value const& row)
    {
        auto const link = std::string(row.at("signed_url").at("data").as_string());
        BOOST_REQUIRE(link.starts_with(with.base_url));
        auto const said = foreign("GET", link.substr(with.base_url.size()));
        BOOST_TEST(said.status == 200);
        return said.body;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(helicone_dataset_endpoints_, helicone_datasets)

BOOST_AUTO_TEST_CASE(a_new_dataset_has_no_rows_whatever_calls_are_named)
{
    auto const id = made("/v1/helicone-dataset", R"({"datasetName":"h","meta":{"promptVersionId":")" + version +
                                                     R"("},"requestIds":[")" + numbered(1).text() + R"("]})");

    auto const all = listed();
    BOOST_TEST_REQUIRE(all.size() == 1U);
    auto shown = all[0].as_object();
    BOOST_TEST(!shown["created_at"].as_string().empty());
    shown.erase("created_at");
    BOOST_TEST(
        json::value(shown) ==
        json::parse(R"({"dataset_type":"helicone","id":")" + id + R"(","meta":{"promptVersionId":")" + version +
                    R"("},"name":"h","organization":"00000000-0000-4000-8000-000000000001","requests_count":0})"));
    BOOST_TEST(data("/v1/experiment/dataset/" + id + "/inputs/query").as_array().size() == 1U);
    expect_each_refused(
        with, "POST", "/v1/helicone-dataset",
        {{R"({"requestIds":[]})", "datasetName: is required"},
         {R"({"datasetName":"h"})", "requestIds: is required"},
         {R"({"datasetName":"h","requestIds":["1"]})", "requestIds[0]: must be a UUID"},
         {R"({"datasetName":"h","requestIds":[{}]})", "requestIds[0]: expected a string, got an object"}});
    BOOST_TEST(post("/v1/helicone-dataset", R"({"datasetName":"h","requestIds":[],"datasetType":"helicone"})").status ==
               400);
}

BOOST_AUTO_TEST_CASE(mutate_copies_bodies_and_removes_rows)
{
    auto const id = helicone();
    auto const target = base + id + "/mutate";

    BOOST_TEST(data(target, changes(numbered(1).text())).is_null());
    data(target,
         R"({"addRequests":[")" + numbered(2).text() + "\",\"" + numbered(2).text() + R"("],"removeRequests":[]})");

    BOOST_TEST(count_of(id) == 3);
    BOOST_TEST(listed()[0].at("requests_count") == 3);
    auto const rows = rows_of(id);
    BOOST_TEST_REQUIRE(rows.size() == 3U);
    BOOST_TEST(rows[2].at("origin_request_id").as_string() == numbered(1).text());
    BOOST_TEST(rows[2].at("dataset_id").as_string() == id);
    BOOST_TEST(behind(rows[2]) == R"({"request":)" + content.request + R"(,"response":)" + content.response + "}");
    BOOST_TEST(rows_of(id, R"({"offset":1,"limit":1})")[0] == rows[1]);
    BOOST_TEST(rows_of(id, R"({"offset":3,"limit":10})").empty());

    data(target, changes("", std::string(rows[0].at("id").as_string())));
    BOOST_TEST(count_of(id) == 2);
}

BOOST_AUTO_TEST_CASE(mutate_adds_nothing_when_anything_is_wrong)
{
    auto const id = helicone(), target = base + id + "/mutate";
    auto const one = numbered(1).text(), bare = numbered(3).text();
    auto const both = [&](std::string const& second) {
        return R"({"addRequests":[")" + one + "\",\"" + second + R"("],"removeRequests":[]})";
    };

    expect(post(target, both(bare)), 409, "no bodies are kept of request " + bare + ": nothing was added");
    expect(post(target, both(missing)), 404, "Request not found: " + missing);
    expect(post(target, changes(one, missing)), 404, "Dataset row not found: " + missing);
    expect(foreign("POST", target, changes("")), 404, "Dataset not found");
    expect(post(base + missing + "/mutate", changes("")), 404, "Dataset not found");
    BOOST_TEST(count_of(id) == 0);
    std::string many = "\"" + one + "\"";
    for (int i = 0; i < 1000; ++i) many += ",\"" + one + "\"";
    expect_each_refused(
        with, "POST", target,
        {{"{}", "addRequests: is required"},
         {R"({"addRequests":[]})", "removeRequests: is required"},
         {changes("x"), "addRequests[0]: must be a UUID"},
         {R"({"addRequests":[)" + many + R"(],"removeRequests":[]})", "addRequests: at most 1000 at once"}});
    auto const theirs =
        std::string(data_of(foreign("POST", "/v1/helicone-dataset", R"({"datasetName":"t","requestIds":[]})"))
                        .at("datasetId")
                        .as_string());
    expect(foreign("POST", base + theirs + "/mutate", changes(one)), 404, "Request not found: " + one);
}

BOOST_AUTO_TEST_CASE(rows_are_asked_for_by_page)
{
    auto const id = helicone(), target = base + id + "/query";
    BOOST_TEST(rows_of(id).empty());
    expect_each_refused(with, "POST", target,
                        {{R"({"limit":1})", "offset: is required"},
                         {R"({"offset":0})", "limit: is required"},
                         {R"({"offset":0,"limit":1001})", "limit: must be 0 to 1000"},
                         {R"({"offset":-1,"limit":1})", "offset: must be 0 to 1000000000"},
                         {R"({"offset":0,"limit":"many"})", "limit: expected a number, got a string"}});
    auto const page = R"({"offset":0,"limit":1})";
    expect(post(base + missing + "/query", page), 404, "Dataset not found");
    expect(foreign("POST", target, page), 404, "Dataset not found");
    expect(foreign("POST", base + id + "/count"), 404, "Dataset not found");
    expect(post(base + "nonsense/count"), 404, "Dataset not found");
    data(base + id + "/mutate", changes(numbered(1).text()));
    with.links = nullptr;
    BOOST_TEST(rows_of(id)[0].at("signed_url") == json::parse(R"({"data":null,"error":"links are not signed here"})"));
}

BOOST_AUTO_TEST_CASE(datasets_are_listed_newest_first_and_by_id)
{
    BOOST_TEST(listed().empty());
    std::int64_t now = 1;
    with.now = [&now] { return std::chrono::system_clock::time_point(std::chrono::seconds(now++)); };
    auto const first = helicone("one"), second = helicone("two");

    BOOST_TEST(listed()[0].at("name") == "two");
    BOOST_TEST(listed(R"({"datasetIds":[]})").size() == 2U);
    BOOST_TEST(listed(R"({"datasetIds":[")" + first + "\",\"" + missing + R"("]})").size() == 1U);
    BOOST_TEST(data_of(foreign("POST", "/v1/helicone-dataset/query", R"({"datasetIds":[")" + first + R"("]})"))
                   .as_array()
                   .empty());
    expect_each_refused(with, "POST", "/v1/helicone-dataset/query",
                        {{R"({"datasetIds":["x"]})", "datasetIds[0]: must be a UUID"},
                         {R"({"datasetIds":{}})", "datasetIds: expected an array, got an object"}});
}

BOOST_AUTO_TEST_CASE(a_row_s_bodies_can_be_changed_and_the_call_keeps_its_own)
{
    auto const id = helicone();
    data(base + id + "/mutate", changes(numbered(1).text()));
    auto const row = rows_of(id)[0];
    auto const row_id = std::string(row.at("id").as_string());
    auto const target = base + id + "/request/" + row_id;

    BOOST_TEST(data(target, R"({"requestBody":{"a":[1]},"responseBody":null})").is_null());

    BOOST_TEST(behind(row) == R"({"request":{"a":[1]},"response":null})");
    auto const call = data_of(ask(with, "GET", "/v1/request/" + numbered(1).text() + "?includeBody=true"));
    BOOST_TEST(call.at("request_body") == json::parse(content.request));
    auto const body = R"({"requestBody":1,"responseBody":"x"})";
    expect(post(base + id + "/request/" + missing, body), 404, "Dataset row not found");
    expect(post(base + helicone() + "/request/" + row_id, body), 404, "Dataset row not found");
    expect(foreign("POST", target, body), 404, "Dataset not found");
    expect_each_refused(
        with, "POST", target,
        {{R"({"requestBody":1})", "responseBody: is required"}, {R"({"responseBody":1})", "requestBody: is required"}});
    BOOST_TEST(post(target, R"({"requestBody":1,"responseBody":1,"more":1})").status == 400);
}

BOOST_AUTO_TEST_CASE(a_deleted_dataset_has_no_rows_and_no_links)
{
    auto const id = helicone();
    data(base + id + "/mutate", changes(numbered(1).text()));
    auto const link = std::string(rows_of(id)[0].at("signed_url").at("data").as_string()).substr(with.base_url.size());
    constexpr std::string_view none = "Failed to delete dataset or dataset not found";
    expect(foreign("POST", base + id + "/delete"), 404, none);

    BOOST_TEST(data(base + id + "/delete").is_null());

    expect(post(base + id + "/delete"), 404, none);
    expect(post(base + "nonsense/delete"), 404, none);
    BOOST_TEST(listed().empty());
    BOOST_TEST(rows_of(id).empty());
    BOOST_TEST(count_of(id) == 0);
    expect(ask(with, "GET", link), 404, "Dataset row not found");
    expect(post(base + id + "/mutate", changes("")), 404, "Dataset not found");
}

BOOST_AUTO_TEST_CASE(a_link_is_good_for_its_row_alone)
{
    auto const id = helicone();
    data(base + id + "/mutate", changes(numbered(1).text()));
    auto const row = rows_of(id)[0];
    auto link = std::string(row.at("signed_url").at("data").as_string()).substr(with.base_url.size());
    auto const at = link.find(row.at("id").as_string().c_str());
    BOOST_REQUIRE(at != link.npos);

    BOOST_TEST(ask(with, "GET", link + "0").status == 401);
    link.replace(at, 36, missing);
    BOOST_TEST(ask(with, "GET", link).status == 401);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
