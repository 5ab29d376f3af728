#pragma once

#include "prompt_support.hpp"
#include "storage/runs.hpp"

#include <string>
#include <string_view>

/// What the tests of experiments share.
namespace weir::api::test
{

/// A record with a prompt about a topic, a call that filled it (1), and one that has inputs of no prompt (2).
struct with_experiments : with_prompts {
    std::string const missing = "00000000-0000-4000-8000-0000000000ff";
    made_prompt const prompt = create("topics");
    std::string const input = "00000000-0000-4000-8000-000000000001"; ///< of call 1

    with_experiments()
    {
        run("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'o2','other',0)");
        storage::bodies const content{.request = R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]})",
                                      .response = R"({"choices":[{"message":{"content":"Hello!"}}]})",
                                      .raw_stream = {}};
        for (unsigned n = 1; n <= 2; ++n) {
            auto row = full_row();
            row.id = storage::row_id{n};
            row.request_id = numbered(n);
            add({row}, content);
        }
        run("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,source_request_id,"
            "source_row_id,created_us) SELECT x'00000000000040008000000000000001',1,v.id,'{\"topic\":\"rivers\"}',"
            "'[{\"role\":\"system\"}]',r.request_id,r.id,1 FROM prompt_version AS v, request AS r WHERE r.id=1");
    }

    void run(std::string const& sql) { BOOST_REQUIRE_MESSAGE(db.execute_script(sql).has_value(), db.message()); }

    answered post(std::string_view target, std::string_view body = {}) { return ask(with, "POST", target, body); }
    json::value data(std::string_view target, std::string_view body = {}) { return data_of(post(target, body)); }
    json::value got(std::string_view target) { return data_of(ask(with, "GET", target)); }

    /// What another organisation is told.
    answered foreign(std::string_view method, std::string_view target, std::string_view body = {})
    {
        auto other = theirs();
        return ask(other, method, target, body);
    }

    void expect(answered const& said, int status, std::string_view error)
    {
        BOOST_TEST(said.status == status);
        BOOST_TEST(error_of(said) == error);
    }

    /// An experiment of the second kind on the prompt's version.
    std::string experiment()
    {
        return text_of(data("/v2/experiment/new", R"({"name":"e","originalPromptVersion":")" + prompt.version + R"("})")
                           .at("experimentId"));
    }

    /// A row of it; its id.
    std::string row(std::string const& experiment, std::string const& inputs = R"({"topic":"hills"})")
    {
        return text_of(data("/v2/experiment/" + experiment + "/add-manual-row", R"({"inputs":)" + inputs + "}"));
    }

    json::array rows_of(std::string const& experiment)
    {
        return got("/v2/experiment/" + experiment).at("rows").as_array();
    }

    /// A dataset with the inputs of call 1; its id.
    std::string dataset()
    {
        return text_of(
            data("/v1/experiment/dataset",
                 R"({"datasetName":"d","datasetType":"experiment","requestIds":[")" + numbered(1).text() + R"("]})")
                .at("datasetId"));
    }

    struct first_kind {
        std::string id, dataset, hypothesis;
    };

    /// An experiment of the first kind, with its first hypothesis.
    first_kind hypothesis_on(std::string const& dataset)
    {
        auto const id =
            text_of(data("/v1/experiment", R"({"datasetId":")" + dataset + R"(","promptVersion":")" + prompt.version +
                                               R"(","model":"gpt-4o","providerKeyId":"NOKEY","meta":{"a":1}})")
                        .at("experimentId"));
        return {id, dataset, text_of(hypotheses_of(id)[0].at("id"))};
    }

    json::array hypotheses_of(std::string const& id)
    {
        return data("/v1/experiment/query", R"({"filter":{"experiment":{"id":{"equals":")" + id + R"("}}}})")
            .at(0)
            .at("hypotheses")
            .as_array();
    }

    /// Has the record say that runs were made, as the runner and the recorder would: all that wait are answered. False:
    /// that failed. May be called on a thread of its own.
    bool answer_runs(int status = 200)
    {
        auto const begun = storage::begin_runs(db, far_future, storage::organization_id{}, 1000);
        if (!begun) return false;
        for (auto const& one : *begun) {
            auto call = full_row();
            call.id = storage::row_id{100 + one.id};
            call.request_id = one.request_id;
            call.status = status;
            call.properties = {{std::string(storage::experiment_property), one.experiment.text()}};
            if (!storage::insert(db, {call}) || !storage::end_run(db, call)) return false;
            if (status != 200 && !storage::fail_run(db, one.id, "refused", 1)) return false;
        }
        return true;
    }

    static constexpr std::int64_t far_future = 9'000'000'000'000'000;
};

} // namespace weir::api::test
