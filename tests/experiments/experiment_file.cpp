#include "experiments/experiment_file.hpp"

#include "tests/support/temp_folder.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::experiments
{

namespace
{

struct file_fixture {
    test::temp_folder folder;

    std::optional<experiment_file> read(std::string const& text, std::string& problem)
    {
        return read_experiment_file(folder.write("e.toml", text), problem);
    }

    experiment_file must(std::string const& text)
    {
        std::string problem;
        auto made = read(text, problem);
        BOOST_REQUIRE_MESSAGE(made.has_value(), problem);
        return std::move(*made);
    }

    /// What is said of a file that cannot be used, without its name.
    std::string problem_with(std::string const& text)
    {
        std::string problem;
        BOOST_TEST(!read(text, problem));
        auto const name = folder.file("e.toml");
        BOOST_TEST(problem.starts_with(name));
        return problem.substr(std::min(problem.size(), name.size()));
    }
};

constexpr std::string_view one_variant = "[[variant]]\nname = 'v'\nmodel = 'm'\nmessages = []\n";

std::string with(std::string const& more)
{
    return "name = 'e'\n[dataset]\nrows = [{a = 'x'}]\n" + std::string(one_variant) + more;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(experiment_files, file_fixture)

BOOST_AUTO_TEST_CASE(a_whole_file_is_read)
{
    folder.write("rows.jsonl", "{\"city\":\"Oslo\",\"capital\":\"Oslo\",\"n\":3}\n\n{\"inputs\":{\"city\":\"Rome\","
                               "\"capital\":\"Rome\"}}\r\n");
    folder.write("long.json", R"({"model":"gpt-4o","messages":[{"role":"user","content":"{{ city }} at length"}]})");
    auto const made = must(R"(
name = "cities"
[dataset]
file = "rows.jsonl"

[[variant]]
name = "terse"
model = "gpt-4o-mini"
messages = [{role = "user", content = "{{city}}, {{no key!}} {{"}]
request = {temperature = 0.5, max_tokens = 10}

[[variant]]
name = "long"
file = "long.json"

[[variant]]
name = "kept"
model = "gpt-4o"
version = "00000000-0000-4000-8000-000000000001"

[[evaluator]]
name = "exact"
check = {type = "equals", value = "{{capital}}"}

[[evaluator]]
name = "polite"
judge = {question = "Is it polite?", model = "gpt-4o"}

[[evaluator]]
id = "00000000-0000-4000-8000-000000000002"
)");

    BOOST_TEST(made.name == "cities");
    BOOST_REQUIRE(made.rows.size() == 2U);
    BOOST_TEST(json::serialize(made.rows[0]) == R"({"city":"Oslo","capital":"Oslo","n":"3"})");
    BOOST_TEST(json::serialize(made.rows[1]) == R"({"city":"Rome","capital":"Rome"})");
    BOOST_REQUIRE(made.variants.size() == 3U);
    BOOST_TEST(json::serialize(made.variants[0].content) ==
               R"({"max_tokens":10,"temperature":5E-1,"messages":[{"content":)"
               R"("<helicone-prompt-input key=\"city\" />, {{no key!}} {{","role":"user"}],"model":"gpt-4o-mini"})");
    BOOST_TEST(made.variants[1].model == "gpt-4o");
    BOOST_TEST(json::serialize(made.variants[1].content).find("key=\\\"city\\\" /> at length") != std::string::npos);
    BOOST_TEST(made.variants[2].content.is_null());
    BOOST_REQUIRE(made.evaluators.size() == 3U);
    BOOST_TEST(json::serialize(made.evaluators[0].code_template) ==
               R"({"type":"equals","value":"<helicone-prompt-input key=\"capital\" />"})");
    BOOST_TEST(made.evaluators[1].scoring_type == "LLM-BOOLEAN");
    BOOST_TEST(json::serialize(made.evaluators[1].llm_template).find(R"("properties":{"polite":{"type":"boolean")") !=
               std::string::npos);
    BOOST_TEST(made.evaluators[2].id.has_value());
}

BOOST_AUTO_TEST_CASE(judges_score_in_three_ways)
{
    auto const made =
        must(with("[[evaluator]]\nname = 'r'\njudge = {type = 'range', question = '?', min = 1, max = 5}\n"
                  "[[evaluator]]\nname = 'c'\njudge = {type = 'choice', question = '?', choices = "
                  "[{score = 0, meaning = 'no'}, {score = 1, meaning = 'yes'}]}\n"));

    BOOST_TEST(made.evaluators[0].scoring_type == "LLM-RANGE");
    BOOST_TEST(json::serialize(made.evaluators[0].llm_template).find(R"("minimum":1,"maximum":5)") !=
               std::string::npos);
    BOOST_TEST(made.evaluators[1].scoring_type == "LLM-CHOICE");
    BOOST_TEST(json::serialize(made.evaluators[1].llm_template)
                   .find(R"("oneOf":[{"const":0,"title":"no"},{"const":1,"title":"yes"}])") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(faults_are_named_by_their_place)
{
    struct {
        std::string text, problem;
    } const cases[] = {
        {"name = ", ":1: not valid TOML"},
        {"", ": name is missing"},
        {"name = 7", ": name must be a text that is not empty"},
        {"name = 'e'", ": dataset is missing"},
        {"name = 'e'\n[dataset]\n", ": dataset must have one of id, file and rows"},
        {"name = 'e'\n[dataset]\nid = 'x'\n", ": dataset.id must be a UUID"},
        {"name = 'e'\n[dataset]\nrows = []\n", ": dataset has no rows"},
        {"name = 'e'\n[dataset]\nrows = [{a = []}]\n", ": dataset.rows[0].a must be a text, a number, true or false"},
        {"name = 'e'\n[dataset]\nfile = 'none.jsonl'\n", "none.jsonl cannot be read"},
        {"name = 'e'\n[dataset]\nrows = [{a = 'x'}]\n", ": variant is missing"},
        {with("extra = 1"), ": variant[0].extra is not known"},
        {with("file = 'x'"), ": variant[0].messages: there must be one of messages, file and version"},
        {with(std::string(one_variant)), ": variant: there are two of the name \"v\""},
        {with("[[variant]]\nname = 'w'\nmessages = []\n"), ": variant[1].model is missing"},
        {"name = 'e'\n[dataset]\nrows = [{a = 'x'}]\n[[variant]]\nname = 'v'\nmodel = 'm'\nmessages = [{content = "
         "'{{b}}'}]\n",
         ": variant[0] names the input \"b\", which row 1 of the dataset does not have"},
        {with("[[evaluator]]\nname = 'x'\ncheck = {type = 'contains', value = '{{b}}'}\n"),
         ": evaluator[0] names the input \"b\", which row 1 of the dataset does not have"},
        {with("[[evaluator]]\nname = 'x'\n"), ": evaluator[0].check: there must be one of check, judge and id"},
        {with("[[evaluator]]\nname = 'x'\ncheck = {type = 'contains'}\n"), ": evaluator[0].check.value is missing"},
        {with("[[evaluator]]\nname = 'x'\ncheck = {type = 'regex', pattern = '('}\n"),
         ": evaluator[0].check.pattern is no"},
        {with("[[evaluator]]\nname = 'x'\ncheck = 7\n"), ": evaluator[0].check must be an object"},
        {with("[[evaluator]]\nname = 'x'\ncheck = {type = 'command', command = ['/bin/sh']}\n"),
         ": evaluator[0].check.command must be the name of a command"},
        {with("[[evaluator]]\nname = 'right'\ncheck = {type = 'exists'}\n[[evaluator]]\nname = 'Right'\n"
              "check = {type = 'exists'}\n"),
         ": evaluator: \"right\" and \"Right\" come to the same score, right"},
        {with("request = {stream = true}\n"),
         ": variant[0].request.stream: the answers of runs are not streamed: leave stream out"},
        {with("request = {n = nan}\n"), ": has a number that JSON does not, such as nan or inf"},
        {with("request = 7\n"), ": variant[0].request must be a table of further members of the request"},
        {"name = 'e'\n[dataset]\nrows = [{a = 'x'}]\n[[variant]]\nname = 'v'\nfile = 'x.json'\nrequest = {n = 1}\n",
         ": variant[0].request stands beside messages; with file, write its members into that file"},
        {"name = 'e'\n[dataset]\nrows = [{inputs = {a = 'x'}, id = 7}]\n",
         ": dataset.rows[0].id stands beside inputs, where nothing is read"},
        {with("[[evaluator]]\nname = 'x'\njudge = {}\n"), ": evaluator[0].judge.question is missing"},
        {with("[[evaluator]]\nname = 'x'\njudge = {question = '?', type = 'odd'}\n"),
         ": evaluator[0].judge.type must be boolean, choice or range"},
        {with("[[evaluator]]\nname = 'x'\njudge = {question = '?', type = 'range', min = 2, max = 1}\n"),
         ": evaluator[0].judge.max must be more than min"},
        {with("[[evaluator]]\nname = 'x'\njudge = {question = '?', type = 'choice'}\n"),
         ": evaluator[0].judge.choices must have two at least"},
        {with("[[evaluator]]\nname = 'x'\njudge = {question = '?', min = 2}\n"),
         ": evaluator[0].judge.min and max are for type"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.text)
        {
            auto const said = problem_with(c.text);
            BOOST_TEST(said.find(c.problem) != std::string::npos, said);
        }
}

BOOST_AUTO_TEST_CASE(lines_of_a_dataset_are_named_by_number)
{
    folder.write("rows.jsonl", "{\"a\":1}\n{oops\n");
    BOOST_TEST(problem_with("name = 'e'\n[dataset]\nfile = 'rows.jsonl'\n").find("rows.jsonl:2 is no JSON") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::experiments
