#include "evaluation/command.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace weir::evaluation;

BOOST_AUTO_TEST_SUITE(commands)

namespace
{

std::string told(std::string_view output)
{
    auto const got = read_command_output(output);
    if (!got.value) return "none: " + got.problem;
    if (auto const* const truth = std::get_if<bool>(&*got.value)) return *truth ? "true" : "false";
    return std::to_string(std::get<std::int64_t>(*got.value));
}

std::string problem_with(char const* declaration)
{
    std::string problem;
    BOOST_TEST(!read_command(json::parse(declaration), problem).has_value());
    return problem;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_declaration_is_read)
{
    std::string problem = "old";
    auto const plain = read_command(json::parse(R"({"type":"command","command":"tone"})"), problem);
    auto const full = read_command(json::parse(R"({"type":"command","command":"tone","args":[1]})"), problem);

    BOOST_REQUIRE((plain && full));
    BOOST_TEST(problem == "");
    BOOST_TEST(plain->name == "tone");
    BOOST_TEST(plain->args.is_null());
    BOOST_TEST(json::serialize(full->args) == "[1]");
    BOOST_TEST(is_command(json::parse(R"({"type":"command"})")));
    for (auto const* other : {"7", "{}", R"({"type":7})", R"({"type":"contains"})"})
        BOOST_TEST(!is_command(json::parse(other)), other);
}

BOOST_AUTO_TEST_CASE(a_wrong_declaration_is_told)
{
    for (auto const* wrong :
         {R"({"type":"command"})", R"({"type":"command","command":7})",
          R"({"type":"command","command":["/bin/sh","-c","x"]})", R"({"type":"command","command":""})"})
        BOOST_TEST(problem_with(wrong) == "check.command must be the name of a command that the configuration has in "
                                          "experiments.commands");
    BOOST_TEST(problem_with(R"({"type":"command","command":"a","value":1})") ==
               "check.value is not known of a command");
}

BOOST_AUTO_TEST_CASE(the_call_is_written_as_json)
{
    subject of;
    of.request = json::parse(R"({"q":1})");
    of.response = json::parse(R"({"choices":[{"message":{"content":"Oslo"}}]})");
    of.inputs = json::parse(R"({"city":"Bergen"})").as_object();
    of.auto_inputs = json::parse(R"(["a"])").as_array();
    command_wish what{"n", json::parse(R"({"not":"<helicone-prompt-input key=\"city\" />"})")};

    auto const got = input_of(what, of);

    BOOST_REQUIRE(got.text.has_value());
    BOOST_TEST(*got.text == R"({"request":{"q":1},"response":{"choices":[{"message":{"content":"Oslo"}}]},)"
                            R"("answer":"Oslo","inputs":{"city":"Bergen"},"autoInputs":["a"],"promptTemplate":null,)"
                            R"("args":{"not":"Bergen"}})"
                            "\n");
    what.args = "<helicone-prompt-input key=\"none\" />";
    BOOST_TEST(input_of(what, of).problem == "the call has no input \"none\", which the arguments name");
    what.args = std::string(16, 'x');
    of.request = std::string(17 * 1024 * 1024, 'x');
    BOOST_TEST(input_of(what, of).problem == "the call is too long for a command");
}

BOOST_AUTO_TEST_CASE(what_a_command_writes_is_a_score)
{
    for (auto const& [output, expected] :
         {std::pair("true\n", "true"), std::pair(" false", "false"), std::pair("7", "7"), std::pair("-3\n\n", "-3"),
          std::pair("5.0", "5"), std::pair("{\"score\":9}", "9"), std::pair("{\"score\":true,\"why\":[1]}", "true")})
        BOOST_TEST(told(output) == expected, output);
}

BOOST_AUTO_TEST_CASE(or_it_is_told_that_it_is_none)
{
    std::string const none = "none: the command wrote no score, which is a whole number, true or false: ";
    for (auto const& [output, shown] :
         {std::pair("0.5", "0.5"), std::pair("null", "null"), std::pair("\"7\"", "\"7\""), std::pair("[1]", "[1]"),
          std::pair("{\"score\":null}", "{\"score\":null}"), std::pair("{}", "{}"), std::pair("1e300", "1e300")})
        BOOST_TEST(told(output) == none + "\"" + shown + "\"");
    std::string const garbage = "none: the command wrote no JSON: ";
    BOOST_TEST(told("") == garbage + "\"\"");
    BOOST_TEST(told("7 8") == garbage + "\"7 8\"");
    BOOST_TEST(told("\x1b[1m\xff\n") == garbage + "\"?[1m??\"");
    BOOST_TEST(told(std::string(100, 'x')) == garbage + "\"" + std::string(60, 'x') + "...\"");
    BOOST_TEST(told(std::string(60'000, '[')).starts_with(garbage));
}

BOOST_AUTO_TEST_SUITE_END()
