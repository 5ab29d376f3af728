#include "experiments/evaluation_worker.hpp"

#include "tests/experiments/command_support.hpp"
#include "tests/experiments/worker_support.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace weir::experiments
{

namespace
{

using storage::uuid;

/// The template of a judge of that name.
std::string judge_of(std::string const& name)
{
    return R"({"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":)"
           R"("<helicone-prompt-input key=\"outputBody\" />"}],"tools":[{"type":"function","function":{"name":"scorer",)"
           R"("parameters":{"properties":{")" +
           name + R"(":{"type":"number"}}}}}]})";
}

/// A gateway, a provider that the test plays, and evaluators that look at all live traffic.
struct evaluation_fixture : with_gateway {
    uuid add(std::string const& name, std::optional<std::string> llm, std::optional<std::string> code)
    {
        storage::evaluator what;
        what.name = name;
        what.score_name = evaluation::score_name(name);
        what.scoring_type = "LLM-RANGE";
        what.llm_template = std::move(llm);
        what.code_template = std::move(code);
        auto const made = must(storage::add_evaluator(db, storage::default_organization, what, 1));
        must(storage::add_online_evaluator(db, storage::default_organization, made.id,
                                           R"({"sampleRate":100,"propertyFilters":[]})", 1));
        return made.id;
    }

    /// Judges that score what is queued for them alone.
    void add_without_traffic(std::string const& name, storage::organization_id whose, int count)
    {
        for (int i = 0; i < count; ++i) {
            storage::evaluator what;
            what.name = name + " " + std::to_string(i);
            what.score_name = evaluation::score_name(what.name);
            what.scoring_type = "LLM-RANGE";
            what.llm_template = judge_of(what.name);
            must(storage::add_evaluator(db, whose, what, 1));
        }
    }

    /// The commands of this test, run by the weir of this build.
    static command_options commands(std::map<std::string, std::vector<std::string>> named)
    {
        command_options with;
        with.commands = std::move(named);
        with.time = 60s;
        with.weir = WEIR_BINARY;
        return with;
    }

    evaluation_options options()
    {
        evaluation_options with;
        connect(with);
        with.first_retry = 1ms;
        return with;
    }

    /// Makes a call that is answered with this text, as any client does, and waits until it is recorded.
    void make_call(std::string_view said)
    {
        auto const before = count("SELECT count(*) FROM request");
        weir.ask(test::post("/openai/v1/chat/completions", R"({"model":"gpt-4o","messages":[]})"),
                 test::ok(R"({"choices":[{"message":{"content":")" + std::string(said) + R"("}}]})"));
        test::eventually([&] { return count("SELECT count(*) FROM request") == before + 1; }, "the row");
    }

    void make_call_of(storage::organization_id whose, std::string_view said)
    {
        make_call(said);
        must(db.execute("UPDATE request SET organization_id=?1 WHERE id=(SELECT max(id) FROM request)", whose));
    }

    void wait_until_done()
    {
        test::eventually([this] { return must(storage::count_all_evaluations(db)) == 0; }, "the evaluations' end");
    }

    /// "key=value" of all scores, in order.
    std::string scores()
    {
        auto found = must(db.query("SELECT a.score_key,s.int_value FROM score_value AS s JOIN score_attribute AS a "
                                   "ON a.id=s.attribute_id ORDER BY 1,2"));
        std::string all;
        while (found.next()) all += found.get<std::string>(0) + "=" + found.get<std::string>(1) + " ";
        return all;
    }

    double metric(std::string const& result)
    {
        return weir.metric("weir_evaluations_total{result=\"" + result + "\"}");
    }
};

std::string judged(std::string_view arguments)
{
    return test::ok(R"({"choices":[{"message":{"tool_calls":[{"function":{"name":"scorer","arguments":)" +
                    json::serialize(json::value(std::string(arguments))) + "}}]}}]}");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(evaluation_workers, evaluation_fixture)

BOOST_AUTO_TEST_CASE(checks_score_live_traffic)
{
    add("Has Hi", {}, R"({"type":"contains","value":"hi"})");
    add("Length", {}, R"({"type":"length"})");
    evaluation_worker worker(options(), weir.metrics());
    worker.start();

    make_call("hi!");
    make_call("no");
    wait_until_done();

    BOOST_TEST(scores() == "has_hi-hcone-bool=0 has_hi-hcone-bool=1 length=2 length=3 ");
    BOOST_TEST(count("SELECT count(*) FROM score_attribute WHERE evaluator_id IS NOT NULL") == 2);
    BOOST_TEST(metric("scored") == 4);
}

BOOST_AUTO_TEST_CASE(a_judges_call_is_recorded_and_never_scored_itself)
{
    add("Tone", judge_of("Tone"), {});
    make_call("hello");
    evaluation_worker worker(options(), weir.metrics());
    worker.start();

    auto const asked = serve(judged(R"({"Tone":87})"));
    test::eventually([this] { return count("SELECT count(*) FROM request") == 2; }, "the judge's row");
    wait_until_done();

    BOOST_TEST(asked.first_line() == "POST /v1/chat/completions HTTP/1.1");
    auto const body = json::parse(asked.body);
    BOOST_TEST(!body.as_object().contains("stream"));
    BOOST_TEST(body.at("messages").at(0).at("content") == R"({"choices":[{"message":{"content":"hello"}}]})");
    BOOST_TEST(scores() == "tone=87 ");
    BOOST_TEST(count("SELECT count(*) FROM request WHERE properties ->> 'Helicone-Evaluator'='Tone'") == 1);
}

BOOST_AUTO_TEST_CASE(a_judge_that_is_busy_is_asked_again)
{
    add("Tone", judge_of("Tone"), {});
    make_call("hello");
    evaluation_worker worker(options(), weir.metrics());
    worker.start();

    serve(refused("429 Too Many Requests", "Retry-After: 0\r\n"));
    serve(refused("500 Internal Server Error"));
    serve(judged(R"({"Tone":1})"));
    wait_until_done();

    BOOST_TEST(scores() == "tone=1 ");
    BOOST_TEST(metric("retried") == 2);
}

BOOST_AUTO_TEST_CASE(what_comes_to_nothing_is_given_up)
{
    std::pair<std::optional<std::string>, std::optional<std::string>> const cases[] = {
        {std::nullopt, R"("return 1")"},
        {std::nullopt, R"({"type":"contains","of":"output","path":"$.none","value":"x"})"},
        {"7", std::nullopt},
        {R"({"model":"gpt-4o","messages":[{"role":"user","content":"How good is it?"}]})", std::nullopt},
        {std::nullopt, std::nullopt},
    };
    for (auto const& [llm, code] : cases) add("e", llm, code);
    make_call("hello");
    evaluation_worker worker(options(), weir.metrics());
    worker.start();

    wait_until_done();

    BOOST_TEST(scores().empty());
    BOOST_TEST(metric("given_up") == 5);
}

BOOST_AUTO_TEST_CASE(a_judge_that_refuses_or_says_nothing_of_use_is_given_up)
{
    add("Tone", judge_of("Tone"), {});
    evaluation_worker worker(options(), weir.metrics());
    make_call("hello");
    make_call("hello");
    worker.start();

    serve(refused("400 Bad Request"));
    serve(judged(R"({"Other":1})"));
    wait_until_done();

    BOOST_TEST(scores().empty());
    BOOST_TEST(metric("given_up") == 2);
}

BOOST_AUTO_TEST_CASE(a_judge_that_stays_busy_is_given_up)
{
    add("Tone", judge_of("Tone"), {});
    make_call("hello");
    evaluation_worker worker(options(), weir.metrics());
    worker.start();

    for (int i = 0; i < evaluation_worker::most_attempts; ++i) serve(refused("503 Service Unavailable"));
    wait_until_done();

    BOOST_TEST(metric("given_up") == 1);
    BOOST_TEST(metric("retried") == evaluation_worker::most_attempts - 1);
}

BOOST_AUTO_TEST_CASE(what_was_under_way_at_a_stop_is_done_after_the_next_start)
{
    add("Tone", judge_of("Tone"), {});
    make_call("hello");
    {
        metrics::registry own;
        evaluation_worker worker(options(), own);
        worker.start();
        auto provider = weir.provider.accept();
        test::read_request(provider);
    }
    BOOST_TEST(must(storage::count_all_evaluations(db)) == 1);
    evaluation_worker worker(options(), weir.metrics());
    worker.start();

    serve(judged(R"({"Tone":5})"));
    wait_until_done();

    BOOST_TEST(scores() == "tone=5 ");
}

BOOST_AUTO_TEST_CASE(somebody_may_wait_for_a_judge)
{
    evaluation_worker worker(options(), weir.metrics());
    worker.start();
    judge_call call{storage::default_organization, "Tone", json::parse(R"({"model":"claude-3","messages":[]})")};
    asio::io_context other;

    auto answer = asio::co_spawn(other, worker.ask_for(std::move(call)), asio::use_future);
    std::thread runs([&other] { other.run(); });
    auto const asked = serve(judged("{}"));
    auto const got = answer.get();
    runs.join();

    BOOST_TEST(got.status == 200U);
    BOOST_TEST(got.body.find("tool_calls") != std::string::npos);
    BOOST_TEST(asked.first_line() == "POST /v1/chat/completions HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(commands_score_live_traffic)
{
    add("Size", {}, R"({"type":"command","command":"echo"})");
    add("Good", {}, R"({"type":"command","command":"yes","args":{"any":[1]}})");
    auto with = options();
    with.commands = commands({{"echo", {test::hostile_command(), "echo", "\"answer\":\"hi!\""}},
                              {"yes", {test::hostile_command(), "say", "true"}}});
    evaluation_worker worker(with, weir.metrics());
    worker.start();

    make_call("hi!");
    wait_until_done();

    BOOST_TEST(scores().starts_with("good-hcone-bool=1 size="));
    BOOST_TEST(scores().find("size=0") == std::string::npos);
    BOOST_TEST(metric("scored") == 2);
}

BOOST_AUTO_TEST_CASE(commands_that_fail_are_given_up_and_the_reason_is_known)
{
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"garbage", "the command wrote no JSON: \"tralala?\""},
        {"half", "the command wrote no score, which is a whole number, true or false: \"0.5?\""},
        {"fails", "the command exited with 3: no model"},
        {"gone", "the configuration has no command \"gone\" (experiments.commands)"},
    };
    std::vector<uuid> ids;
    for (auto const& [name, problem] : cases)
        ids.push_back(add(std::string(name), {}, R"({"type":"command","command":")" + std::string(name) + R"("})"));
    auto with = options();
    with.commands = commands({{"garbage", {test::hostile_command(), "say", "tralala"}},
                              {"half", {test::hostile_command(), "say", "0.5"}},
                              {"fails", {test::hostile_command(), "fail", "no model"}}});
    make_call("hello");
    evaluation_worker worker(with, weir.metrics());
    worker.start();

    wait_until_done();

    BOOST_TEST(scores().empty());
    BOOST_TEST(metric("given_up") == 4);
    for (std::size_t i = 0; i < ids.size(); ++i) BOOST_TEST(worker.last_problem(ids[i]) == cases[i].second);
}

BOOST_AUTO_TEST_CASE(a_command_that_a_stop_ends_stays_due)
{
    add("Slow", {}, R"({"type":"command","command":"slow"})");
    make_call("hello");
    auto with = options();
    with.commands = commands({{"slow", {test::hostile_command(), "sleep"}}});
    {
        metrics::registry own;
        evaluation_worker worker(with, own);
        worker.start();
    }
    BOOST_TEST(must(storage::count_all_evaluations(db)) == 1);
}

BOOST_AUTO_TEST_CASE(somebody_may_wait_for_a_command)
{
    auto with = options();
    with.commands = commands({{"yes", {test::hostile_command(), "say", "{\"score\":7}"}}});
    evaluation_worker worker(with, weir.metrics());
    worker.start();
    asio::io_context other;
    evaluation::command_wish wish{"yes", nullptr};

    auto answer = asio::co_spawn(other, worker.run_for(std::move(wish), evaluation::subject()), asio::use_future);
    std::thread runs([&other] { other.run(); });
    auto const got = answer.get();
    runs.join();

    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(std::get<std::int64_t>(got->value.value()) == 7);
}

/// One organisation has a hundred evaluators with a hundred calls each, whose judges never answer: another's only call
/// is scored all the same.
BOOST_AUTO_TEST_CASE(an_organisation_with_much_to_do_leaves_others_their_turn)
{
    must(db.execute("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'two','two',0)"));
    constexpr storage::organization_id theirs{2};
    for (int i = 0; i < 100; ++i) make_call("mine");
    add_without_traffic("Mine", storage::default_organization, 100);
    must(db.execute("INSERT INTO evaluation (organization_id,evaluator_id,request_id,attempts,next_try_us) "
                    "SELECT 1,e.id,r.request_id,0,0 FROM evaluator AS e JOIN request AS r"));
    BOOST_TEST(must(storage::count_all_evaluations(db)) == 10'000);
    evaluation_worker worker(options(), weir.metrics());
    worker.start();
    std::vector<test::connection> silent;
    auto const next = [this, &silent] {
        silent.push_back(weir.provider.accept());
        return test::read_request(silent.back()).body;
    };
    for (int i = 0; i < 24; ++i) BOOST_TEST(next().find("mine") != std::string::npos);

    make_call_of(theirs, "theirs");
    add_without_traffic("Theirs", theirs, 1);
    must(db.execute("INSERT INTO evaluation (organization_id,evaluator_id,request_id,attempts,next_try_us) "
                    "SELECT 2,e.id,r.request_id,0,1 FROM evaluator AS e JOIN request AS r ON r.organization_id=2 "
                    "WHERE e.organization_id=2"));
    BOOST_TEST(next().find("theirs") != std::string::npos);
    silent.back().send(judged(R"({"Theirs 0":3})"));

    test::eventually([this] { return scores() == "theirs_0=3 "; }, "the other's score");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::experiments
