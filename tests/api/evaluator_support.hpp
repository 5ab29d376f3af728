#pragma once

#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

/// What the tests of evaluators share.
namespace weir::api::test
{

namespace json = boost::json;

/// A record with a prompt version, an experiment of each kind, and the calls 1 to 4 as what they made: of the first
/// kind by two hypotheses on two rows.
struct with_evaluators : stored_record {
    std::string const version = numbered(0xa1).text(), v1 = numbered(0xb1).text(), v2 = numbered(0xb2).text(),
                      first = numbered(0xc1).text(), second = numbered(0xc2).text(), missing = numbered(0xff).text();

    with_evaluators()
    {
        with.now = [] { return std::chrono::system_clock::time_point(std::chrono::microseconds(noon_us)); };
        for (unsigned n = 1; n <= 4; ++n) {
            auto row = full_row();
            row.id = storage::row_id{n};
            row.request_id = numbered(n);
            row.cost.nanos = n * 1'000'000;
            row.ended_us = row.created_us + n * 100'000;
            add({row},
                {.request = "{}", .response = R"({"choices":[{"message":{"content":"hi"}}]})", .raw_stream = {}});
        }
        run("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'o2','other',0);"
            "INSERT INTO prompt (id,organization_id,user_defined_id,created_us) VALUES (zeroblob(16),1,'p',0)");
        run("INSERT INTO prompt_version (id,organization_id,prompt_id,major_version,minor_version,model,metadata,"
            "experiment_id,created_us,updated_us) VALUES (" +
            blob(version) + ",1,zeroblob(16),0,0,'gpt-4o','{\"label\":\"Original\"}'," + blob(v2) + ",0,0);" +
            "INSERT INTO experiment (id,organization_id,created_us) VALUES (" + blob(v1) + ",1,0);" +
            "INSERT INTO experiment_v2 (id,organization_id,name,original_version_id,copied_version_id,input_keys,"
            "created_us) VALUES (" +
            blob(v2) + ",1,'mine'," + blob(version) + "," + blob(version) + ",'[]',1700000000000000)");
        for (auto const& [id, time] : {std::pair(first, "1"), std::pair(second, "2")})
            run("INSERT INTO hypothesis (id,organization_id,experiment_id,prompt_version_id,model,status,created_us) "
                "VALUES (" +
                blob(id) + ",1," + blob(v1) + "," + blob(version) + ",'m','PENDING'," + time + ")");
        for (unsigned n = 1; n <= 4; ++n)
            run("INSERT INTO hypothesis_run (id,organization_id,hypothesis_id,dataset_row_id,result_request_id,"
                "created_us) VALUES (randomblob(16),1," +
                blob(n < 3 ? first : second) + ",x'0" + std::to_string(n % 2) + "'," + blob(numbered(n).text()) +
                ",0)");
        run("INSERT INTO prompt_input (number,id,organization_id,prompt_version_id,inputs,auto_inputs,created_us) "
            "VALUES (1,randomblob(16),1," +
            blob(version) + ",'{}','[]',0);" +
            "INSERT INTO experiment_output (experiment_id,input_number,prompt_version_id,request_id,is_original,"
            "created_us) VALUES (" +
            blob(v2) + ",1," + blob(version) + "," + blob(numbered(1).text()) + ",1,0)");
    }

    void run(std::string const& sql) { BOOST_REQUIRE_MESSAGE(db.execute_script(sql).has_value(), db.message()); }

    /// A UUID as SQL has it.
    static std::string blob(std::string const& id)
    {
        std::string digits;
        for (char const c : id)
            if (c != '-') digits += c;
        return "x'" + digits + "'";
    }

    answered get(std::string const& target) { return ask(with, "GET", target); }
    answered post(std::string const& target, std::string_view body = {}) { return ask(with, "POST", target, body); }
    answered remove(std::string const& target) { return ask(with, "DELETE", target); }

    /// The id of a check of that name.
    std::string made(std::string const& name)
    {
        auto const said = post("/v1/evaluator", R"({"scoring_type":"CHECK","name":")" + name +
                                                    R"(","code_template":{"type":"exists"}})");
        return std::string(data_of(said).at("id").as_string());
    }

    void score(unsigned call, std::string_view scores)
    {
        auto const said =
            post("/v1/request/" + numbered(call).text() + "/score", R"({"scores":)" + std::string(scores) + "}");
        BOOST_TEST_REQUIRE(said.status == 200, said.body);
    }

    /// Asserts that it is 404 with this text for what is no id, unknown, or another organisation's.
    void expect_unknown(std::string_view method, std::string const& before, std::string const& own,
                        std::string const& after, std::string_view body, std::string_view text)
    {
        auto theirs = with;
        theirs.organization = other_organization;
        for (auto const& id : {std::string("none"), missing}) {
            auto const said = ask(with, method, before + id + after, body);
            BOOST_TEST(said.status == 404, method << " " << before << id << after << " " << said.body);
            BOOST_TEST(error_of(said) == text);
        }
        auto const said = ask(theirs, method, before + own + after, body);
        BOOST_TEST(said.status == 404, method << " " << before << own << after << " " << said.body);
        BOOST_TEST(error_of(said) == text);
    }
};

} // namespace weir::api::test
