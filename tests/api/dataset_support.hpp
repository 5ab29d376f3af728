#pragma once

#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

/// What the tests of datasets share.
namespace weir::api::test
{

/// A prompt with a version, two calls with bodies and inputs, and one call with neither.
struct with_datasets : stored_record {
    std::string const version = "00000000-0000-4000-8000-0000000000a1",
                      missing = "00000000-0000-4000-8000-0000000000ff";
    storage::bodies const content{
        .request = R"({"model":"gpt-4o","messages":[{"role":"user","content":"Say )"
                   R"(<helicone-prompt-input key=\"what\" >hello</helicone-prompt-input>"}]})",
        .response = R"({"choices":[{"message":{"role":"assistant","content":"Hello!","annotations":[]}}]})",
        .raw_stream = {}};

    with_datasets()
    {
        run("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'o2','other',0)");
        run("INSERT INTO prompt (id,organization_id,user_defined_id,created_us) VALUES (zeroblob(16),1,'p',0)");
        run("INSERT INTO prompt_version (id,organization_id,prompt_id,major_version,minor_version,created_us,"
            "updated_us) VALUES (x'000000000000400080000000000000a1',1,zeroblob(16),0,0,0,0)");
        for (unsigned n = 1; n <= 3; ++n) {
            auto row = full_row();
            row.id = storage::row_id{n};
            row.request_id = numbered(n);
            row.has_body = n < 3;
            add({row}, content);
            if (n < 3)
                run("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                    "source_request_id,source_row_id,created_us) SELECT x'0000000000004000800000000000000" +
                    std::to_string(n) +
                    "',1,prompt_version.id,'{\"what\":\"hello\"}','[{\"role\":\"system\"}]',r.request_id,r.id,"
                    "1700000000000000 FROM prompt_version, (SELECT id,request_id FROM request WHERE id=" +
                    std::to_string(n) + ") AS r");
        }
        with.links = std::make_shared<signed_links const>("secret");
        with.base_url = "http://weir.test";
    }

    void run(std::string const& sql) { BOOST_REQUIRE_MESSAGE(db.execute_script(sql).has_value(), db.message()); }

    static std::string input(unsigned n) { return "00000000-0000-4000-8000-00000000000" + std::to_string(n); }

    answered post(std::string_view target, std::string_view body = {}) { return ask(with, "POST", target, body); }
    boost::json::value data(std::string_view target, std::string_view body = {}) { return data_of(post(target, body)); }

    /// The id of a dataset that such a body makes.
    std::string made(std::string_view target, std::string_view body)
    {
        return std::string(data(target, body).at("datasetId").as_string());
    }

    std::string helicone(std::string_view name = "h")
    {
        return made("/v1/helicone-dataset", R"({"datasetName":")" + std::string(name) + R"(","requestIds":[]})");
    }

    /// The body of a mutate.
    static std::string changes(std::string const& added, std::string const& removed = "")
    {
        auto const list = [](std::string const& id) { return id.empty() ? "[]" : "[\"" + id + "\"]"; };
        return R"({"addRequests":)" + list(added) + R"(,"removeRequests":)" + list(removed) + "}";
    }

    /// What another organisation is told.
    answered foreign(std::string_view method, std::string_view target, std::string_view body = {})
    {
        services theirs = with;
        theirs.organization = other_organization;
        return ask(theirs, method, target, body);
    }

    void expect(answered const& said, int status, std::string_view error)
    {
        BOOST_TEST(said.status == status);
        BOOST_TEST(error_of(said) == error);
    }
};

} // namespace weir::api::test
