#include "log/log.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdio>
#include <regex>
#include <unistd.h>

namespace weir
{
BOOST_AUTO_TEST_SUITE(lines)

namespace
{

/// What `write` puts on standard error.
template <class Write>
std::string logged(Write write)
{
    auto* const file = std::tmpfile();
    BOOST_REQUIRE(file);
    int const usual = ::dup(STDERR_FILENO);
    ::dup2(::fileno(file), STDERR_FILENO);
    write();
    ::dup2(usual, STDERR_FILENO);
    ::close(usual);

    std::string text(64 * 1024, '\0'); // more than a test writes
    std::rewind(file);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
}

/// What stands in the line behind the time, which every line begins with.
std::string behind_time(std::string const& line)
{
    static std::regex const form(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (.*)\n)");
    std::smatch parts;
    BOOST_TEST_REQUIRE(std::regex_match(line, parts, form), line);
    return parts[1];
}

/// Whatever a path, a library's message or a header may have in it, and the same as clean text.
struct hostile {
    std::string text, clean;
};

hostile const hostile_texts[] = {
    {"two\nlines", "two\nlines"},
    {"a\r\nb\tc", "a\r\nb\tc"},
    {"quoted \"words\" and \\n", "quoted \"words\" and \\n"},
    {"x\",\"level\":\"info", "x\",\"level\":\"info"},
    {"} {} %v %l {0}", "} {} %v %l {0}"},
    {std::string("nul\0inside", 10), std::string("nul\0inside", 10)},
    {"\x1B[2J\x7F\x01", "\x1B[2J\x7F\x01"},
    {"gr\xC3\xBC\xC3\x9F \xF0\x9F\x8C\x8A", "gr\xC3\xBC\xC3\x9F \xF0\x9F\x8C\x8A"},
    {"latin\xFC", "latin\xC3\xBC"},
    {"cut \xF0\x9F\x8C", "cut \xC3\xB0\xC2\x9F\xC2\x8C"},
    {"\xC0\xAF", "\xC3\x80\xC2\xAF"},             // longer than it need be
    {"\xED\xA0\x80", "\xC3\xAD\xC2\xA0\xC2\x80"}, // half of a pair
    {"", ""},
};

} // namespace

BOOST_AUTO_TEST_CASE(a_line_of_text_has_time_level_message_and_values)
{
    log::configure(log::level::info, false);

    auto const line = logged([] { log::info("stopping now", {{"calls", 12}, {"path", "/v1"}}); });

    BOOST_TEST(behind_time(line) == "info  stopping now calls=12 path=/v1");
}

BOOST_AUTO_TEST_CASE(a_value_that_would_be_ambiguous_is_quoted)
{
    log::configure(log::level::info, false);
    std::pair<char const*, char const*> const cases[] = {
        {"", R"(k="")"},
        {"two words", R"(k="two words")"},
        {"a=b", R"(k="a=b")"},
        {R"(say "so")", R"(k="say \"so\"")"},
        {"a\nb", R"(k="a\nb")"},
        {"\x1B[2J", R"(k="\u001b[2J")"},
        {"gr\xC3\xBC\xC3\x9F", "k=gr\xC3\xBC\xC3\x9F"},
    };
    for (auto const& [value, written] : cases)
        BOOST_TEST(behind_time(logged([v = value] {
                       log::info("m", {{"k", v}});
                   })) == "info  m " + std::string(written));
}

BOOST_AUTO_TEST_CASE(an_entry_is_one_line_of_text_whatever_is_in_it)
{
    log::configure(log::level::info, false);
    for (auto const& [text, clean] : hostile_texts) {
        BOOST_TEST_CONTEXT(text)
        {
            auto const line = logged([&t = text] { log::warn("said " + t, {{"reason", t}}); });

            auto const rest = behind_time(line);
            BOOST_TEST(rest.starts_with("warning "));
            for (char const c : rest) BOOST_TEST(static_cast<unsigned char>(c) >= ' ');
            BOOST_TEST(rest.find(" reason=") != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_entry_is_one_object_of_json_whatever_is_in_it)
{
    log::configure(log::level::info, true);
    for (auto const& [text, clean] : hostile_texts) {
        BOOST_TEST_CONTEXT(text)
        {
            auto const line = logged([&t = text] { log::error("said " + t, {{"reason", t}, {"calls", 3}}); });

            BOOST_TEST(line.find('\n') == line.size() - 1);
            boost::json::error_code invalid;
            auto const entry = boost::json::parse(line, invalid);
            BOOST_TEST_REQUIRE(!invalid, line);
            auto const& members = entry.as_object();
            BOOST_TEST(members.size() == 5U);
            BOOST_TEST(members.at("time").as_string().ends_with("Z"));
            BOOST_TEST(members.at("level").as_string() == "error");
            BOOST_TEST(members.at("message").as_string() == "said " + clean);
            BOOST_TEST(members.at("reason").as_string() == clean);
            BOOST_TEST(members.at("calls").as_string() == "3");
        }
    }
    log::configure(log::level::info, false);
}

BOOST_AUTO_TEST_CASE(only_entries_of_the_level_and_above_are_written)
{
    constexpr std::array names{"trace", "debug", "info", "warn", "error"};
    for (bool const later : {false, true}) {
        for (std::size_t least = 0; least < names.size(); ++least) {
            BOOST_TEST_CONTEXT(names[least] << ", set later: " << later)
            {
                log::configure(later ? log::level::error : log::level_of(names[least]), false);
                if (later) log::set_level(log::level_of(names[least]));

                for (std::size_t at = 0; at < names.size(); ++at)
                    BOOST_TEST(logged([&] { log::write(log::level_of(names[at]), "m"); }).empty() == (at < least));
            }
        }
    }
    log::configure(log::level::info, false);
}

BOOST_AUTO_TEST_CASE(an_unknown_level_is_info) { BOOST_TEST((log::level_of("loud") == log::level::info)); }

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir
