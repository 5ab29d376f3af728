#include "gateway/stream_usage.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace weir::gateway
{
BOOST_AUTO_TEST_SUITE(event_sieves)

namespace
{

struct event {
    std::string text; ///< with LF line ends, without the empty line
    bool is_usage;
};

event const chunk_event{R"(data: {"choices":[{"index":0,"delta":{"content":"a"}}],"usage":null})", false};
event const usage_event{R"(data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}})", true};
event const done_event{"data: [DONE]", false};

std::vector<std::vector<event>> const bodies{
    {chunk_event, usage_event, done_event},
    {usage_event},
    {usage_event, usage_event, done_event},
    {chunk_event, {R"(data:{ "choices" : [ ] , "usage" : {"prompt_tokens":1}})", true}, done_event},
    {{"id: 7\nevent: x\ndata: {\"choices\":[],\"usage\":{}}\nretry: 5", true}, done_event},
    // What looks like it and is not.
    {{R"(data: {"choices":[],"usage":null})", false},
     {R"(data: {"choices":[],"prompt_filter_results":[{}]})", false}, // Azure's first
     {R"(data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}})", false},
     {R"(data: {"x":{"choices":[]},"usage":{}})", false},
     {R"(data: {"choices":[],"usage":{})", false}, // broken JSON
     {R"(: {"choices":[],"usage":{}})", false},    // a comment
     {R"(datax: {"choices":[],"usage":{}})", false},
     {": keep-alive", false},
     done_event},
    {{"", false}, {"", false}, chunk_event, {"", false}, usage_event, {"", false}},
};

/// The stream with all events, and with those that may go on.
std::pair<std::string, std::string> stream_of(std::vector<event> const& events, std::string_view line_end,
                                              bool finished = true)
{
    std::string all, expected;
    for (std::size_t i = 0; i < events.size(); ++i) {
        std::string text;
        for (char const c : events[i].text + '\n') {
            if (c == '\n')
                text += line_end;
            else
                text += c;
        }
        if (events[i].text.empty()) text.clear(); // only the empty line
        bool const whole = finished || i + 1 < events.size();
        if (whole) text += line_end;
        all += text;
        if (!events[i].is_usage || !whole) expected += text;
    }
    return {all, expected};
}

std::string sieved(std::vector<std::string_view> const& pieces)
{
    event_sieve sieve;
    std::string out;
    for (auto const piece : pieces) sieve.put(piece, out);
    sieve.finish(out);
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(just_the_usage_event_goes_whatever_the_line_ends_and_the_pieces)
{
    for (auto const& events : bodies) {
        for (std::string_view const line_end : {"\n", "\r\n", "\r"}) {
            auto const [all, expected] = stream_of(events, line_end);
            std::string_view const view = all;
            BOOST_TEST_CONTEXT(all)
            {
                BOOST_TEST(sieved({view}) == expected);
                std::vector<std::string_view> bytes;
                for (std::size_t i = 0; i < view.size(); ++i) bytes.push_back(view.substr(i, 1));
                BOOST_TEST(sieved(bytes) == expected);
                for (std::size_t a = 0; a <= view.size(); ++a)
                    if (sieved({view.substr(0, a), view.substr(a)}) != expected) BOOST_ERROR("split at " << a);
                for (std::size_t a = 0; a <= view.size(); a += 5)
                    for (std::size_t b = a; b <= view.size(); b += 3)
                        if (sieved({view.substr(0, a), view.substr(a, b - a), view.substr(b)}) != expected)
                            BOOST_ERROR("split at " << a << " and " << b);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(mixed_line_ends_are_kept_as_they_are)
{
    std::string const usage = usage_event.text;

    BOOST_TEST(sieved({"data: a\r\n\ndata: b\n\r\n" + usage + "\r\n\n" + "data: c\r\r" + usage + "\n\r" +
                       "data: d\n\n"}) == "data: a\r\n\ndata: b\n\r\ndata: c\r\rdata: d\n\n");
}

BOOST_AUTO_TEST_CASE(an_event_goes_on_as_soon_as_it_ends)
{
    for (std::string_view const line_end : {"\n", "\r\n", "\r"}) {
        event_sieve sieve;
        for (int i = 0; i < 3; ++i) {
            std::string out, given = "data: x" + std::string(line_end) + std::string(line_end);
            sieve.put(given, out);
            BOOST_TEST(out == given);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_cut_shows_all_that_came)
{
    auto const [all, expected] = stream_of({chunk_event, usage_event}, "\n", false);
    BOOST_TEST(sieved({all}) == all); // not known to be whole

    std::string_view const view = all;
    for (std::size_t n = 0; n <= view.size(); ++n) BOOST_TEST(sieved({view.substr(0, n)}) == view.substr(0, n));
}

BOOST_AUTO_TEST_CASE(a_long_event_is_not_held)
{
    event_sieve sieve;
    std::string out;
    std::string const piece(10'000, 'x');
    sieve.put("data: ", out);
    for (int i = 0; i < 5; ++i) {
        sieve.put(piece, out);
        BOOST_TEST(out.size() == 6 + (static_cast<std::size_t>(i) + 1) * piece.size());
    }
    sieve.put("\r\n\r\n" + usage_event.text + "\n\ndata: y\n\n", out);

    BOOST_TEST(out.ends_with("x\r\n\r\ndata: y\n\n")); // and the next is judged anew
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
