#include "experiments/report_worker.hpp"

#include "prompts/template.hpp"
#include "storage/dataset_versions.hpp"
#include "storage/prompt_blueprints.hpp"
#include "storage/report_runs.hpp"
#include "tests/experiments/worker_support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <set>

namespace json = boost::json;
using namespace std::chrono_literals;

namespace weir::experiments
{

namespace
{

using storage::default_organization;

std::string answer(std::string_view text)
{
    return R"({"model":"gpt-4o","choices":[{"message":{"role":"assistant","content":)" +
           json::serialize(json::string_view(text)) +
           R"(}}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})";
}

/// A judge's answer with these arguments.
std::string judgement(std::string_view arguments)
{
    return R"({"model":"gpt-4o-mini","choices":[{"message":{"tool_calls":[{"function":{"name":"scorer","arguments":)" +
           json::serialize(json::string_view(arguments)) + R"(}}]}}]})";
}

constexpr std::string_view fields = "Content-Type: application/json\r\nConnection: close\r\n";

storage::report_column_wish column(std::string type, std::string name, std::string configuration)
{
    return {std::move(type), std::move(name), std::move(configuration), false, std::nullopt};
}

storage::report_column_wish prompt(std::string name = "said")
{
    return column("PROMPT_TEMPLATE", std::move(name),
                  R"({"template":{"name":"capitals"},"prompt_template_variable_mappings":{"land":"country"}})");
}

/// A gateway, a provider that the test plays, a prompt that asks for the capital of a land, and a dataset of countries.
struct report_fixture : with_gateway {
    std::int64_t run = 0;

    report_fixture() { publish("capitals", R"({"model":{"provider":"openai","name":"gpt-4o"}})"); }

    void publish(std::string const& name, std::string const& metadata)
    {
        auto begun = must(storage::transaction::begin(db));
        storage::new_blueprint wish{.prompt_name = name,
                                    .what = storage::template_of(json::parse(R"({"messages":[]})")),
                                    .provider = "OPENAI",
                                    .blueprint = R"({"type":"chat","messages":[{"role":"user","input_variables":[],)"
                                                 R"("template_format":"f-string","content":[{"type":"text",)"
                                                 R"("text":"Capital of {land}?"}]}],"input_variables":["land"]})",
                                    .metadata = metadata};
        must(storage::publish_blueprint(db, default_organization, wish, 1));
        must(begun.commit());
    }

    void start_run(std::initializer_list<std::string> countries, std::vector<storage::report_column_wish> columns)
    {
        auto begun = must(storage::transaction::begin(db));
        auto const group = must(storage::create_dataset_group(db, default_organization, "d", {}, 1));
        auto const draft = must(storage::draft_of(db, default_organization, group.id, 1));
        std::vector<storage::dataset_version_row> rows;
        for (auto const& name : countries)
            rows.push_back({{{"country", json::serialize(json::string_view(name))}}, std::nullopt});
        must(storage::add_dataset_version_rows(db, default_organization, draft.id, rows, 1));
        must(storage::publish_draft(db, draft.id, 1));
        auto const blueprint = must(storage::create_report(db, default_organization, {"r", draft.id, {}}, 1));
        run = must(storage::create_report_run(db, default_organization,
                                              {blueprint.id, draft.id, "run", std::move(columns)}, 1))
                  .id;
        must(begun.commit());
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

    storage::report_counts counts() { return must(storage::find_report(db, default_organization, run)).cells; }

    void wait_until_done()
    {
        test::eventually([this] { return counts().have_ended(); }, "the run's end");
    }

    /// The cells of a row: values as JSON, "! " and the reason of those that failed.
    std::string cells(std::int64_t row = 0)
    {
        auto const rows = must(storage::list_report_rows(db, run, 1, row, 1'000'000));
        std::string all;
        for (auto const& cell : rows.at(0).cells)
            all += (all.empty() ? "" : " | ") + (cell.value   ? *cell.value
                                                 : cell.error ? "! " + *cell.error
                                                              : std::string(name_of(cell.status)));
        return all;
    }

    test::message serve_answer(std::string_view text) { return serve(test::ok(answer(text), fields)); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(report_workers, report_fixture)

BOOST_AUTO_TEST_CASE(a_template_is_filled_and_its_answer_goes_on_to_the_right)
{
    start_run({"Norway"}, {prompt(), column("CONTAINS", "right", R"({"source":"said","value":"oslo"})")});
    report_worker worker(options(), weir.metrics());
    worker.start();

    auto const asked = serve_answer("It is Oslo.");
    wait_until_done();

    BOOST_TEST(asked.first_line() == "POST /v1/chat/completions HTTP/1.1");
    BOOST_TEST(json::parse(asked.body) ==
               json::parse(R"({"model":"gpt-4o","messages":[{"role":"user","content":"Capital of Norway?"}]})"));
    BOOST_TEST(cells() == R"("It is Oslo." | true)");
    auto const row = weir.row();
    BOOST_REQUIRE(row.properties.size() == 1U);
    BOOST_TEST(row.properties[0].first == "Weir-Report-Id");
    BOOST_TEST(row.properties[0].second == std::to_string(run));
    BOOST_TEST(row.used.total.value_or(0) == 5);
    BOOST_TEST(must(storage::first_value<storage::uuid>(
                        db.query("SELECT request_id FROM report_cell WHERE request_id IS NOT NULL")))
                   .text() == row.request_id.text());
    auto const columns = must(storage::list_report_columns(db, run));
    BOOST_TEST(columns[1].score->value.value() == 100);
    BOOST_TEST(weir.metric(R"(weir_report_cells_total{result="completed"})") == 2);
}

BOOST_AUTO_TEST_CASE(a_judge_says_whether_assertions_hold)
{
    start_run({"Norway"},
              {column("LLM_ASSERTION", "cold",
                      R"({"source":"country","prompt":"Is {x} cold?",)"
                      R"("variable_mappings":{"x":"country"}})"),
               column("VARIABLE", "both", R"({"value":{"type":"string","value":"[\"A?\",\"B?\"]"}})"),
               column("LLM_ASSERTION", "all", R"({"source":"country","prompt_source":"both","model":"gpt-4o"})")});
    report_worker worker(options(), weir.metrics());
    worker.start();

    auto const first = serve(test::ok(judgement(R"({"assertion_1":true})"), fields));
    auto const second = serve(test::ok(judgement(R"({"assertion_1":false,"assertion_2":true})"), fields));
    wait_until_done();

    BOOST_TEST(first.body.find(R"("model":"gpt-4o-mini")") != std::string::npos);
    BOOST_TEST(first.body.find(R"(Assertion 1:\nIs Norway cold?\n\nAnswer:\nNorway)") != std::string::npos, first.body);
    BOOST_TEST(second.body.find(R"("model":"gpt-4o")") != std::string::npos);
    BOOST_TEST(cells() == R"(true | "[\"A?\",\"B?\"]" | {"A?":false,"B?":true})");
    auto const columns = must(storage::list_report_columns(db, run));
    BOOST_TEST(columns[2].score->value.value() == 50); // the share of what holds
}

BOOST_AUTO_TEST_CASE(an_answer_that_says_nothing_fails_the_cell)
{
    start_run({"Norway"}, {column("LLM_ASSERTION", "cold", R"({"source":"country","prompt":"Cold?"})"), prompt()});
    report_worker worker(options(), weir.metrics());
    worker.start();

    serve(test::ok(answer("maybe"), fields));
    serve(test::ok(R"({"x":1})", fields));
    wait_until_done();

    BOOST_TEST(cells() == "! No score found | ! the answer is in no form that is known");
    auto const columns = must(storage::list_report_columns(db, run));
    BOOST_TEST(columns[0].score->skipped == 1);
}

BOOST_AUTO_TEST_CASE(what_may_pass_is_called_again_under_another_id)
{
    start_run({"Norway"}, {prompt()});
    report_worker worker(options(), weir.metrics());
    worker.start();

    serve(refused("429 Too Many Requests", "Retry-After: 0\r\n"));
    serve(refused("503 Service Unavailable"));
    serve_answer("Oslo");
    wait_until_done();

    BOOST_TEST(cells() == R"("Oslo")");
    BOOST_TEST(count("SELECT attempts FROM report_cell") == 3);
    std::set<std::string> ids;
    for (auto const& row : weir.rows(3)) ids.insert(row.request_id.text());
    BOOST_TEST(ids.size() == 3U);
    BOOST_TEST(weir.metric(R"(weir_report_cells_total{result="retried"})") == 2);
}

BOOST_AUTO_TEST_CASE(a_provider_s_last_word_fails_the_cell_and_what_reads_it)
{
    start_run({"Norway", "Chile"}, {prompt(), column("COUNT", "words", R"({"source":"said","type":"words"})"),
                                    column("COALESCE", "either", R"({"sources":["said","country"]})")});
    report_worker worker(options(1), weir.metrics());
    worker.start();

    for (int i = 0; i < 4; ++i) { // while one waits to be tried again, it is the other's turn
        auto provider = weir.provider.accept();
        bool const is_norway = test::read_request(provider).body.find("Norway") != std::string::npos;
        provider.send(refused(is_norway ? "500 Internal Server Error" : "404 Not Found", "Connection: close\r\n"));
    }
    wait_until_done();

    BOOST_TEST(cells(0) == R"(! status 500: not now | ! its source "said" failed | "Norway")");
    BOOST_TEST(cells(1) == R"(! status 404: not now | ! its source "said" failed | "Chile")");
    BOOST_TEST(weir.metric(R"(weir_report_cells_total{result="failed"})") == 4);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_called_says_why)
{
    publish("no model", "{}");
    auto const of = [](std::string const& name, std::string const& more = "") {
        return R"({"template":{"name":")" + name + "\"" + more + "}}";
    };
    start_run({"Norway"}, {column("PROMPT_TEMPLATE", "a", of("nothing")),
                           column("PROMPT_TEMPLATE", "b", of("capitals", R"(,"version_number":9)")),
                           column("PROMPT_TEMPLATE", "c", of("no model")),
                           column("COUNT", "d", R"({"source":"gone","type":"words"})"),
                           column("PROMPT_TEMPLATE", "e",
                                  R"({"template":{"name":"capitals"},"engine":{"provider":"a/b","model":"m"}})")});
    report_worker worker(options(), weir.metrics());
    worker.start();

    wait_until_done();

    BOOST_TEST(cells() == R"(! there is no prompt template "nothing" | ! the prompt template "capitals" has no such )"
                          R"(version | ! neither the template nor engine.model names a model | ! there is no column )"
                          R"("gone" to the left of this one | ! the provider "a/b" cannot be one)");
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(an_engine_takes_the_place_of_the_template_s_model)
{
    start_run({"Norway"},
              {column("PROMPT_TEMPLATE", "said",
                      R"({"template":{"name":"capitals"},"engine":{"provider":"anthropic","model":"claude-x",)"
                      R"("parameters":{"max_tokens":7}}})"),
               column("PROMPT_TEMPLATE", "inline",
                      R"({"inline_template":{"inline":true,"prompt_template":{"type":"chat","messages":[{"role":)"
                      R"("user","content":[{"type":"text","text":"{w}!"}]}]},"metadata":{"model":{"provider":"openai",)"
                      R"("name":"gpt-4o"}}},"prompt_template_variable_mappings":{"w":"said"}})")});
    report_worker worker(options(), weir.metrics());
    worker.start();

    auto const asked = serve(test::ok(R"({"type":"message","content":[{"type":"text","text":"Oslo"}]})", fields));
    auto const then = serve_answer("yes");
    wait_until_done();

    BOOST_TEST(asked.first_line() == "POST /v1/messages HTTP/1.1");
    BOOST_TEST(asked.body.find(R"("max_tokens":7)") != std::string::npos);
    BOOST_TEST(then.body.find(R"("content":"Oslo!")") != std::string::npos);
    BOOST_TEST(cells() == R"("Oslo" | "yes")");
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_are_under_way)
{
    start_run({"a", "b", "c", "d", "e"}, {prompt()});
    report_worker worker(options(2), weir.metrics());
    worker.start();

    std::vector<test::connection> waiting;
    for (int i = 0; i < 2; ++i) {
        waiting.push_back(weir.provider.accept());
        test::read_request(waiting.back());
    }
    BOOST_TEST(counts().running == 2);
    BOOST_TEST(counts().queued() == 3);
    BOOST_TEST(!weir.provider.is_called());
    for (auto& provider : waiting) provider.send(test::ok(answer("x"), fields));
    for (int i = 0; i < 3; ++i) serve_answer("x");
    wait_until_done();

    BOOST_TEST(counts().completed == 5);
}

BOOST_AUTO_TEST_CASE(what_was_under_way_at_the_end_is_gone_on_with_and_nothing_else)
{
    start_run({"Norway", "Chile"}, {prompt(), prompt("again")});
    std::optional<report_worker> first(std::in_place, options(1), weir.metrics());
    first->start();
    serve_answer("Oslo");
    auto left = weir.provider.accept(); // the second cell of a row is under way
    test::read_request(left);
    test::eventually([this] { return counts().completed == 1; });
    first.reset();
    BOOST_TEST(counts().running == 1);
    BOOST_TEST(left.read_to_end() == ""); // its call ended with the worker

    metrics::registry others;
    report_worker second(options(1), others);
    second.start();
    for (int i = 0; i < 3; ++i) serve_answer("answer");
    wait_until_done();

    BOOST_TEST(count("SELECT sum(attempts) FROM report_cell") == 5);
    BOOST_TEST(cells(0) == R"("Oslo" | "answer")");
}

BOOST_AUTO_TEST_CASE(a_call_in_the_record_is_not_made_again)
{
    start_run({"Norway"}, {prompt(), column("COUNT", "words", R"({"source":"said","type":"words"})")});
    {
        report_worker worker(options(), weir.metrics());
        worker.start();
        serve_answer("It is Oslo");
        wait_until_done();
    }
    weir.row();
    // As if weir had died between the record and the cell.
    must(db.execute("UPDATE report_cell SET status=CASE WHEN request_id IS NULL THEN 'QUEUED' ELSE 'RUNNING' END,"
                    "value=NULL"));
    must(db.execute("UPDATE report_row SET status='running'"));

    metrics::registry others;
    report_worker second(options(), others);
    second.start();
    wait_until_done();

    BOOST_TEST(cells() == R"("It is Oslo" | 3)");
    BOOST_TEST(!weir.provider.is_called());
    BOOST_TEST(weir.rows(1).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_report_that_is_archived_ends_its_calls)
{
    start_run({"Norway"}, {prompt()});
    report_worker worker(options(), weir.metrics());
    worker.start();
    auto provider = weir.provider.accept();
    test::read_request(provider);

    auto begun = must(storage::transaction::begin(db));
    must(storage::delete_report(db, run, 2));
    must(begun.commit());

    BOOST_TEST(provider.read_to_end() == "");
    BOOST_TEST(cells() == "! the report was archived before");
}

BOOST_AUTO_TEST_CASE(drained_it_begins_no_more)
{
    start_run({"Norway", "Chile"}, {prompt()});
    report_worker worker(options(1), weir.metrics());
    worker.start();
    auto provider = weir.provider.accept();
    test::read_request(provider);

    worker.drain();
    provider.send(test::ok(answer("Oslo"), fields));
    test::eventually([this] { return counts().completed == 1; });
    worker.stop();

    BOOST_TEST(counts().queued() == 1);
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(rows_that_need_no_model_are_many_at_a_time)
{
    start_run({}, {});
    auto begun = must(storage::transaction::begin(db));
    auto const source = must(storage::find_report(db, default_organization, run));
    auto const group = must(storage::create_dataset_group(db, default_organization, "large", {}, 1));
    auto const draft = must(storage::draft_of(db, default_organization, group.id, 1));
    std::vector<storage::dataset_version_row> const rows(500, {{{"country", R"("Norway")"}}, std::nullopt});
    must(storage::add_dataset_version_rows(db, default_organization, draft.id, rows, 1));
    run =
        must(storage::create_report_run(
                 db, default_organization,
                 {*source.blueprint, draft.id, "run", {column("COUNT", "n", R"({"source":"country","type":"chars"})")}},
                 1))
            .id;
    must(begun.commit());
    report_worker worker(options(1), weir.metrics());
    worker.start();

    wait_until_done();

    auto const columns = must(storage::list_report_columns(db, run));
    BOOST_TEST(columns[0].score->value.value() == 6);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::experiments
