#include "support.hpp"

#include "storage/assets.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{

namespace
{

/// A call with a picture in each body.
struct linked_call : stored_record {
    linked_call()
    {
        auto row = full_row();
        row.asset_count = static_cast<std::int64_t>(storage::count_assets(content));
        add({row}, content);
        with.links = std::make_shared<signed_links const>("secret");
        with.base_url = "http://weir.test";
        with.now = [this] { return std::chrono::system_clock::time_point(std::chrono::seconds(now)); };
    }

    json::value row()
    {
        auto const said = ask(with, "POST", "/v1/request/query", R"({"filter":"all"})");
        return json::parse(said.body).at("data").at(0);
    }

    /// What a link leads to; the caller has no organisation then.
    answered follow(std::string_view link)
    {
        BOOST_REQUIRE(link.starts_with("http://weir.test/"));
        services anybody = with;
        anybody.organization = storage::organization_id{99};
        return ask(anybody, "GET", link.substr(std::string_view("http://weir.test").size()));
    }

    std::string asset_url(std::string_view id)
    {
        auto const said = ask(with, "POST", "/v1/request/" + numbered(1).text() + "/assets/" + std::string(id));
        if (said.status != 200) return std::to_string(said.status) + " " + said.body;
        return std::string(json::parse(said.body).at("data").at("assetUrl").as_string());
    }

    std::int64_t now = 1'700'000'000;
    storage::bodies content{
        .request = R"({"messages":[{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}},)"
                   R"({"type":"image_url","image_url":{"url":"https://example.com/cat.png"}}]}]})",
        .response = R"({"data":[{"b64_json":"AAEC"}]})",
        .raw_stream = {}};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(public_endpoints_, linked_call)

BOOST_AUTO_TEST_CASE(the_link_in_a_row_leads_to_its_bodies_without_a_key)
{
    auto const said = follow(std::string_view(row().at("signed_body_url").as_string()));

    BOOST_TEST(said.status == 200);
    BOOST_TEST(said.body == R"({"request":)" + content.request + R"(,"response":)" + content.response + "}");
}

BOOST_AUTO_TEST_CASE(a_link_is_good_for_a_day_and_for_what_it_was_made_for)
{
    auto const link = std::string(row().at("signed_body_url").as_string());
    auto const changed = [&](std::string_view from, std::string_view to) {
        auto other = link;
        return other.replace(other.find(from), from.size(), to);
    };

    BOOST_TEST(follow(changed("organization=1", "organization=2")).status == 401);
    BOOST_TEST(follow(changed("00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002")).status ==
               401);
    BOOST_TEST(follow(changed("signature=", "signature=0")).status == 401);
    BOOST_TEST(follow(link.substr(0, link.find("&signature"))).status == 400);
    now += 86'399;
    BOOST_TEST(follow(link).status == 200);
    now += 1;
    BOOST_TEST(follow(link).status == 401);
}

BOOST_AUTO_TEST_CASE(images_are_assets_that_are_fetched_by_a_link)
{
    auto const shown = row();
    auto const& ids = shown.at("asset_ids").as_array();
    BOOST_TEST_REQUIRE(ids.size() == 3U);
    BOOST_TEST(shown.at("asset_urls").as_object().size() == 3U);

    auto const first = follow(asset_url(ids[0].as_string()));
    BOOST_TEST(first.body == "hi");
    BOOST_TEST(asset_url(ids[1].as_string()) == "https://example.com/cat.png");
    BOOST_TEST(follow(asset_url(ids[2].as_string())).body == std::string("\0\1\2", 3));
}

BOOST_AUTO_TEST_CASE(what_is_no_asset_of_the_request_is_404)
{
    std::string const missing = R"(404 {"data":null,"error":"Asset not found"})";
    auto const id = std::string(row().at("asset_ids").at(0).as_string());

    BOOST_TEST(asset_url("nonsense") == missing);
    BOOST_TEST(asset_url(numbered(1).text()) == missing);
    with.organization = storage::organization_id{2};
    BOOST_TEST(asset_url(id) == missing);
}

BOOST_AUTO_TEST_CASE(rows_without_bodies_or_images_have_no_links)
{
    auto bare = full_row();
    bare.id = storage::row_id{2};
    bare.request_id = numbered(2);
    bare.has_body = false;
    add({bare});

    auto const shown = row();

    BOOST_TEST(shown.at("signed_body_url").is_null());
    BOOST_TEST(shown.at("asset_ids").as_array().empty());
    BOOST_TEST(shown.at("asset_urls").as_object().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
