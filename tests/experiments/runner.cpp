#include "experiments/runner.hpp"
#include "experiments/call_plan.hpp"

#include "storage/prompts.hpp"
#include "storage/random.hpp"
#include "tests/experiments/worker_support.hpp"

#include <boost/json/parse.hpp>

#include <set>

namespace json = boost::json;
using namespace std::chrono_literals;

namespace weir::experiments
{

namespace
{

using storage::uuid;

constexpr std::string_view chat_answer = R"({"model":"gpt-4o","choices":[{"message":{"content":"hi"}}],)"
                                         R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})";

/// A gateway, a provider that the test plays, and an experiment of the second kind whose prompt asks for a city.
struct experiment_fixture : with_gateway {
    uuid experiment, version;

    explicit experiment_fixture(test::running_gateway::change const& adjust = {},
                                std::map<std::string, std::string> environment = {})
        : with_gateway(adjust, std::move(environment))
    {
        auto const content = json::parse(R"({"model":"gpt-4o","messages":[{"role":"user",)"
                                         R"("content":"<helicone-prompt-input key=\"city\" />"}]})");
        auto begun = must(storage::transaction::begin(db));
        auto const made = must(storage::create_prompt(db, storage::default_organization,
                                                      {"cities", "{}", storage::template_of(content)}, 1));
        version = made.version;
        experiment = must(storage::random_uuid());
        must(db.execute("INSERT INTO experiment_v2 (id,organization_id,name,original_version_id,input_keys,created_us) "
                        "VALUES (?1,1,'e',?2,'[\"city\"]',1)",
                        experiment, version));
        must(begun.commit());
    }

    std::int64_t add_input(std::string const& city)
    {
        must(db.execute("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                        "experiment_id,created_us) VALUES (?1,1,?2,?3,'[]',?4,1)",
                        must(storage::random_uuid()), version, R"({"city":")" + city + R"("})", experiment));
        return must(storage::first_value<std::int64_t>(db.query("SELECT max(number) FROM prompt_input")));
    }

    void queue(std::vector<storage::new_run> const& runs)
    {
        auto begun = must(storage::transaction::begin(db));
        must(storage::queue_runs(db, storage::default_organization, runs, 1));
        must(begun.commit());
    }

    /// Queues a run for each city.
    void queue(std::initializer_list<std::string> cities)
    {
        std::vector<storage::new_run> runs;
        for (auto const& city : cities) runs.push_back({experiment, version, add_input(city)});
        queue(runs);
    }

    worker_options options(std::size_t concurrency = 4)
    {
        worker_options with;
        connect(with);
        with.concurrency = concurrency;
        with.most_attempts = 3;
        with.first_retry = 1ms;
        return with;
    }

    storage::run_counts counts() { return must(storage::count_runs(db, storage::default_organization, experiment)); }

    std::vector<storage::run> runs()
    {
        return must(storage::list_runs(db, storage::default_organization, experiment, {.most = 100}));
    }

    void wait_until_done()
    {
        test::eventually([this] { return counts().waiting() == 0; }, "the runs' end");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(runners, experiment_fixture)

BOOST_AUTO_TEST_CASE(a_run_is_a_recorded_call_whose_output_stands_in_the_experiment)
{
    queue({"Oslo"});
    runner r(options(), weir.metrics());
    r.start();

    auto const asked = serve(test::ok(chat_answer));
    wait_until_done();

    BOOST_TEST(asked.first_line() == "POST /v1/chat/completions HTTP/1.1");
    BOOST_TEST(asked.body == R"({"model":"gpt-4o","messages":[{"role":"user","content":"Oslo"}]})");
    auto const row = weir.row();
    auto const run = runs().at(0);
    BOOST_TEST(run.status == "completed");
    BOOST_TEST(run.attempts == 1);
    BOOST_TEST(row.request_id.text() == run.request_id.text());
    BOOST_REQUIRE(row.properties.size() == 1U);
    BOOST_TEST(row.properties[0].first == "Helicone-Experiment-Id");
    BOOST_TEST(row.properties[0].second == experiment.text());
    BOOST_TEST(row.used.total.value_or(0) == 5);
    BOOST_TEST(must(storage::first_value<uuid>(db.query("SELECT request_id FROM experiment_output"))).text() ==
               run.request_id.text());
    BOOST_TEST(weir.metric(R"(weir_experiment_runs_total{result="answered"})") == 1);
}

BOOST_AUTO_TEST_CASE(what_may_pass_is_called_again_under_another_id)
{
    queue({"Oslo"});
    runner r(options(), weir.metrics());
    r.start();

    serve(refused("429 Too Many Requests", "Retry-After: 0\r\n"));
    serve(refused("503 Service Unavailable"));
    serve(test::ok(chat_answer));
    wait_until_done();

    auto const run = runs().at(0);
    BOOST_TEST(run.status == "completed");
    BOOST_TEST(run.attempts == 3);
    std::multiset<int> statuses;
    std::set<std::string> ids;
    for (auto const& row : weir.rows(3)) {
        statuses.insert(row.status);
        ids.insert(row.request_id.text());
    }
    BOOST_TEST((statuses == std::multiset<int>{200, 429, 503}));
    BOOST_TEST(ids.size() == 3U);
    BOOST_TEST(ids.contains(run.request_id.text()));
}

BOOST_AUTO_TEST_CASE(a_provider_s_last_word_fails_the_run)
{
    queue({"Oslo"});
    runner r(options(), weir.metrics());
    r.start();

    for (int i = 0; i < 3; ++i) serve(refused("500 Internal Server Error"));
    wait_until_done();
    queue({"Bergen"});
    serve(refused("404 Not Found"));
    wait_until_done();

    BOOST_TEST(runs().at(0).status == "failed");
    BOOST_TEST(runs().at(0).error == "status 500: not now");
    BOOST_TEST(runs().at(1).status == "failed");
    BOOST_TEST(runs().at(1).error == "status 404: not now");
    BOOST_TEST(runs().at(1).attempts == 1);
    BOOST_TEST(count("SELECT count(*) FROM experiment_output") == 0);
}

BOOST_AUTO_TEST_CASE(a_stream_that_breaks_off_is_called_again)
{
    queue({"Oslo"});
    runner r(options(), weir.metrics());
    r.start();

    serve("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{");
    serve(test::ok(chat_answer));
    wait_until_done();

    BOOST_TEST(runs().at(0).status == "completed");
    BOOST_TEST(runs().at(0).attempts == 2);
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_are_under_way)
{
    queue({"a", "b", "c", "d", "e"});
    runner r(options(2), weir.metrics());
    r.start();

    std::vector<test::connection> waiting;
    for (int i = 0; i < 2; ++i) {
        waiting.push_back(weir.provider.accept());
        test::read_request(waiting.back());
    }
    BOOST_TEST(counts().running == 2);
    BOOST_TEST(counts().queued == 3);
    BOOST_TEST(!weir.provider.is_called());
    for (auto& provider : waiting)
        provider.send(test::ok(chat_answer, "Content-Type: application/json\r\nConnection: close\r\n"));
    for (int i = 0; i < 3; ++i) serve(test::ok(chat_answer, "Content-Type: application/json\r\nConnection: close\r\n"));
    wait_until_done();

    BOOST_TEST(counts().completed == 5);
    BOOST_TEST(count("SELECT count(*) FROM experiment_output") == 5);
}

BOOST_AUTO_TEST_CASE(what_was_under_way_at_the_end_is_run_again_and_nothing_else)
{
    queue({"a", "b"});
    std::optional<runner> first(std::in_place, options(1), weir.metrics());
    first->start();
    serve(test::ok(chat_answer, "Content-Type: application/json\r\nConnection: close\r\n"));
    auto left = weir.provider.accept(); // the second one is under way
    test::read_request(left);
    test::eventually([this] { return counts().completed == 1; });
    first.reset();
    BOOST_TEST(counts().running == 1);
    BOOST_TEST(left.read_to_end() == ""); // its call ended with the runner

    metrics::registry others;
    runner second(options(1), others);
    second.start();
    auto const asked = serve(test::ok(chat_answer));
    wait_until_done();

    BOOST_TEST(asked.body.find(R"("content":"b")") != std::string::npos);
    BOOST_TEST(runs().at(0).attempts == 1);
    BOOST_TEST(runs().at(1).attempts == 2);
    BOOST_TEST(counts().completed == 2);
}

BOOST_AUTO_TEST_CASE(cancelled_runs_end_at_once)
{
    queue({"a", "b"});
    runner r(options(1), weir.metrics());
    r.start();
    auto provider = weir.provider.accept();
    test::read_request(provider);

    BOOST_TEST(must(storage::cancel_runs(db, storage::default_organization, experiment, 7)) == 2);

    BOOST_TEST(provider.read_to_end() == "");
    BOOST_TEST(counts().cancelled == 2);
    BOOST_TEST(weir.row().status == storage::status::cancelled);
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(a_provider_key_of_the_vault_goes_to_its_provider)
{
    must(storage::create_provider_key(db, weir.vault(), storage::default_organization, {"OpenAI", "", "sk-older"}, 1));
    must(storage::create_provider_key(db, weir.vault(), storage::default_organization, {"openai", "", "sk-mine"}, 2));
    must(storage::create_provider_key(db, weir.vault(), storage::default_organization, {"mistral", "", "sk-other"}, 3));
    queue({"Oslo"});
    runner r(options(), weir.metrics());
    r.start();

    auto const asked = serve(test::ok(chat_answer));
    wait_until_done();

    BOOST_TEST(asked.field("authorization") == "Bearer sk-mine");
}

BOOST_AUTO_TEST_CASE(without_a_key_in_the_vault_weir_s_own_goes_to_the_provider)
{
    experiment_fixture with_own([](config::settings& s) { s.providers["openai"].api_key_env = "OPENAI"; },
                                {{"OPENAI", "sk-own"}});
    with_own.queue({"Oslo"});
    runner r(with_own.options(), with_own.weir.metrics());
    r.start();

    auto const asked = with_own.serve(test::ok(chat_answer));
    with_own.wait_until_done();

    BOOST_TEST(asked.field("authorization") == "Bearer sk-own");
}

BOOST_AUTO_TEST_CASE(a_provider_that_stalls_is_asked_again)
{
    queue({"a"});
    auto with = options(1);
    with.timeout = 700ms;
    runner r(with, weir.metrics());
    r.start();
    auto silent = weir.provider.accept();
    test::read_request(silent); // and nothing more

    serve(test::ok(chat_answer));
    wait_until_done();

    BOOST_TEST(silent.read_to_end() == "");
    BOOST_TEST(runs().at(0).attempts == 2);
    BOOST_TEST(counts().completed == 1);
}

BOOST_AUTO_TEST_CASE(a_column_with_another_vendor_s_model_goes_to_that_vendor)
{
    auto const add = [this](std::string const& model, std::string const& provider) {
        auto const id = must(storage::random_uuid());
        must(db.execute("INSERT INTO prompt_version (id,organization_id,prompt_id,major_version,minor_version,template,"
                        "model,metadata,created_us,updated_us) SELECT ?1,1,prompt_id,9,"
                        "(SELECT count(*) FROM prompt_version),?2,?3,?4,1,1 FROM prompt_version WHERE id=?5",
                        id, R"({"model":")" + model + R"(","messages":[]})", model,
                        provider.empty() ? "{}" : R"({"provider":")" + provider + R"("})", version));
        return id;
    };
    must(db.execute("UPDATE prompt_version SET metadata=json_set(metadata,'$.provider','GROQ'),model='llama-3.1-8b' "
                    "WHERE id=?1",
                    version));
    struct {
        std::string model, provider;
        std::string_view target;
    } const cases[] = {
        {"claude-haiku-4-5", "", "/anthropic/v1/chat/completions"}, // of an experiment at home at Groq
        {"llama-3.3-70b", "", "/groq/v1/chat/completions"},
        {"claude-haiku-4-5", "OPENAI", "/anthropic/v1/chat/completions"}, // made by hand
    };
    for (auto const& c : cases) {
        queue({storage::new_run{experiment, add(c.model, c.provider), add_input("Oslo")}});
        auto begun = must(storage::transaction::begin(db));
        auto const runs = must(storage::begin_runs(db, 1, storage::default_organization, 1));
        BOOST_TEST_REQUIRE(runs.size() == 1U);
        must(begun.commit());

        BOOST_TEST(plan_call(runs.front(), "").target == c.target);
    }
}

BOOST_AUTO_TEST_CASE(a_hypothesis_has_a_model_and_shows_its_runs)
{
    auto const v1 = must(storage::random_uuid()), hypothesis = must(storage::random_uuid());
    auto const row = must(storage::random_uuid()), table = must(storage::random_uuid());
    auto const column = must(storage::random_uuid());
    must(db.execute("INSERT INTO experiment (id,organization_id,created_us) VALUES (?1,1,1)", v1));
    must(db.execute(
        "INSERT INTO hypothesis (id,organization_id,experiment_id,prompt_version_id,model,status,created_us) "
        "VALUES (?1,1,?2,?3,'gpt-4.1','PENDING',1)",
        hypothesis, v1, version));
    must(db.execute("INSERT INTO experiment_table (id,organization_id,experiment_id,name,created_us) "
                    "VALUES (?1,1,?2,'t',1)",
                    table, v1));
    must(db.execute("INSERT INTO experiment_column (id,table_id,name,type,metadata,created_us) "
                    "VALUES (?1,?2,'c','experiment',?3,1)",
                    column, table, R"({"hypothesisId":")" + hypothesis.text() + R"("})"));
    must(db.execute("INSERT INTO experiment_cell (id,column_id,row_index,status,metadata,created_us) "
                    "VALUES (?1,?2,0,'initialized',?3,1)",
                    must(storage::random_uuid()), column, R"({"datasetRowId":")" + row.text() + R"("})"));
    queue({storage::new_run{v1, version, add_input("Oslo"), hypothesis, row}});
    BOOST_TEST(count("SELECT count(*) FROM hypothesis WHERE status='RUNNING'") == 1);

    runner r(options(), weir.metrics());
    r.start();
    auto const asked = serve(test::ok(chat_answer));
    test::eventually([this] { return count("SELECT count(*) FROM hypothesis WHERE status='COMPLETED'") == 1; });

    BOOST_TEST(asked.body.find(R"("model":"gpt-4.1")") != std::string::npos);
    auto const id = weir.row().request_id;
    BOOST_TEST(must(storage::first_value<std::string>(db.query("SELECT value FROM experiment_cell"))) == id.text());
    BOOST_TEST(must(storage::first_value<std::string>(db.query("SELECT status FROM experiment_cell"))) == "completed");
    BOOST_TEST(must(storage::first_value<uuid>(db.query("SELECT result_request_id FROM hypothesis_run "
                                                        "WHERE dataset_row_id=?1",
                                                        row)))
                   .text() == id.text());
    BOOST_TEST(count("SELECT count(*) FROM experiment_output") == 0);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_called_fails_and_calls_nobody)
{
    must(db.execute("UPDATE prompt_version SET template='\"text\"'"));
    queue({"Oslo"});
    runner r(options(), weir.metrics());
    r.start();
    wait_until_done();

    BOOST_TEST(runs().at(0).status == "failed");
    BOOST_TEST(runs().at(0).error.find("must be a JSON object") != std::string::npos);
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::experiments
