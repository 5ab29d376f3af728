// Random requests with tags: what is captured of one and filled again is that request as the provider saw it.
#include "prompts/json_text.hpp"
#include "prompts/template.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

using namespace weir::prompts;

BOOST_AUTO_TEST_SUITE(round_trip)

namespace
{

class request_maker
{
public:
    explicit request_maker(unsigned seed)
        : random_(seed)
    {
    }

    json::value request()
    {
        json::object out;
        out["model"] = "gpt-4o";
        if (chance(2)) out["tools"] = json::array{json::object{{"name", text()}}};
        auto& messages = out["messages"].emplace_array();
        for (auto n = number(5); n > 0; --n) messages.push_back(message());
        if (chance(3)) out["user"] = text();
        return out;
    }

private:
    unsigned number(unsigned below) { return static_cast<unsigned>(random_()) % below; }
    bool chance(unsigned of) { return number(of) == 0; }

    std::string words()
    {
        static char const* const all[] = {"",     "Ada",       "\"quoted\"", "a\\b", "\xc3\xa9\xf0\x9f\x98\x80", "<b>",
                                          "x\ny", "{\"k\":1}", "</helicone", "key=", "<helicone-prompt-input"};
        std::string out = all[number(std::size(all))];
        return out + (chance(2) ? " and" : "") + (chance(2) ? "" : " so");
    }

    /// Words without white space at their ends: that is not kept in an input.
    std::string value()
    {
        auto out = words();
        while (!out.empty() && out.front() == ' ') out.erase(0, 1);
        return out;
    }

    /// Of a key one value only: of two, the last is kept.
    std::string input()
    {
        auto const key = "k" + std::to_string(next_key_++) + (chance(4) ? " \xc3\xbc'>" : "");
        return "<helicone-prompt-input key=\"" + key + (chance(2) ? "\">" : "\" >") + value() +
               "</helicone-prompt-input>";
    }

    std::string text()
    {
        std::string out;
        for (auto n = number(4); n > 0; --n) out += chance(2) ? words() : input();
        return out;
    }

    json::value message()
    {
        json::object out;
        out["role"] = chance(2) ? "user" : "system";
        if (chance(2)) {
            out["content"] = text();
        } else {
            auto& parts = out["content"].emplace_array();
            for (auto n = number(3); n > 0; --n)
                parts.push_back(json::object{{"type", "text"}, {"text", text()}, {"n", number(9)}});
        }
        return out;
    }

    std::mt19937 random_;
    unsigned next_key_ = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(capturing_and_filling_gives_back_what_the_provider_saw)
{
    unsigned tagged = 0;
    for (unsigned seed = 0; seed < 3000; ++seed) {
        auto const request = request_maker(seed).request();
        auto const sent = json::serialize(request);
        auto const seen = json::parse(without_markup(sent).value_or(sent));

        auto const taken = capture(request);
        auto const auto_inputs = json::parse(text_of(taken.auto_inputs)).as_array();
        auto const again = fill(taken.content, taken.inputs, auto_inputs);

        BOOST_REQUIRE_MESSAGE(again == seen, "seed " << seed << ": " << sent << "\n-> " << json::serialize(again));
        BOOST_REQUIRE(essence(capture(again).content).has_value());
        tagged += !taken.inputs.empty();
    }
    BOOST_TEST(tagged > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
