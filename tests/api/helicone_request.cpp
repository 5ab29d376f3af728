#include "api/helicone_request.hpp"

#include "api/write_json.hpp"
#include "storage/requests.hpp"
#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{

BOOST_AUTO_TEST_SUITE(helicone_request_)

namespace
{

storage::request_row judged(storage::request_record const& record)
{
    storage::request_row row;
    row.record = record;
    return row;
}

std::string shown(storage::request_record const& row, std::string_view column)
{
    auto const value = json::parse(to_json(helicone_request_of(judged(row))));
    auto const* found = value.as_object().if_contains(column);
    if (!found) return "absent";
    if (!found->is_double()) return json::serialize(*found);
    return to_json(found->get_double()); // Boost.JSON would write 1.5E3
}

} // namespace

BOOST_AUTO_TEST_CASE(a_full_row_fills_the_columns)
{
    struct {
        std::string_view column, expected;
    } const cases[] = {
        {"response_created_at", R"("2023-11-14T22:13:21.623Z")"},
        {"response_status", "200"},
        {"response_model", R"("gpt-4o-2024-08-06")"},
        {"request_id", R"("00000000-0000-7000-8000-000000000001")"},
        {"request_created_at", R"("2023-11-14T22:13:20.123Z")"},
        {"request_path", R"("/v1/chat/completions")"},
        {"request_user_id", R"("alice")"},
        {"request_properties", R"({"b":"2","a":"1"})"},
        {"request_model", R"("gpt-4o")"},
        {"model_override", "null"},
        {"helicone_user", "null"},
        {"provider", R"("OPENAI")"},
        {"delay_ms", "1500"},
        {"time_to_first_token", "250.5"},
        {"total_tokens", "42"},
        {"prompt_tokens", "12"},
        {"prompt_cache_write_tokens", "null"},
        {"prompt_cache_read_tokens", "4"},
        {"completion_tokens", "30"},
        {"prompt_audio_tokens", "null"},
        {"completion_audio_tokens", "null"},
        {"cost", "0.0015"},
        {"costUSD", "0.0015"},
        {"prompt_id", R"("greeting")"},
        {"feedback_created_at", "null"},
        {"feedback_id", "null"},
        {"feedback_rating", "null"},
        {"signed_body_url", "null"},
        {"llmSchema", "null"},
        {"country_code", "null"},
        {"asset_ids", "[]"},
        {"asset_urls", "{}"},
        {"properties", R"({"b":"2","a":"1"})"},
        {"assets", "[]"},
        {"target_url", R"("https://api.openai.com/v1/chat/completions")"},
        {"model", R"("gpt-4o-2024-08-06")"},
        {"cache_reference_id", "null"},
        {"cache_enabled", "false"},
        {"updated_at", R"("2023-11-14T22:13:21.623Z")"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.column) BOOST_TEST(shown(full_row(), c.column) == c.expected);
    auto const placeholder = json::parse(shown(full_row(), "request_body"));
    BOOST_TEST(placeholder.at("helicone_message").is_string());
    BOOST_TEST(shown(full_row(), "response_id") ==
               json::serialize(json::value(storage::response_id(storage::row_id{1}).text())));
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_null_and_never_left_out)
{
    storage::request_record row;
    row.id = storage::row_id{1};
    row.request_id = numbered(2);
    row.status = storage::status::pending;
    for (auto const* column :
         {"response_id", "response_created_at", "response_model", "request_user_id", "request_model", "model_override",
          "delay_ms", "time_to_first_token", "total_tokens", "prompt_tokens", "prompt_cache_write_tokens",
          "prompt_cache_read_tokens", "completion_tokens", "cost", "costUSD", "prompt_id", "country_code"})
        BOOST_TEST_CONTEXT(column) BOOST_TEST(shown(row, column) == "null");
    BOOST_TEST(shown(row, "model") == R"("unknown")");
    BOOST_TEST(shown(row, "provider") == R"("CUSTOM")");
    BOOST_TEST(shown(row, "response_status") == "-2");
    BOOST_TEST(shown(row, "properties") == "{}");
}

BOOST_AUTO_TEST_CASE(the_total_is_the_provider_s_own_or_the_sum_of_both_parts)
{
    using count = std::optional<std::int64_t>;
    struct {
        count prompt, completion, total;
        std::string_view expected;
    } const cases[] = {
        {1, 2, 9, "9"}, {1, 2, {}, "3"}, {1, {}, {}, "null"}, {{}, 2, {}, "null"}, {{}, {}, 7, "7"}, {0, 0, {}, "0"},
    };
    for (auto const& c : cases) {
        auto row = full_row();
        row.used.prompt = c.prompt;
        row.used.completion = c.completion;
        row.used.total = c.total;
        BOOST_TEST(shown(row, "total_tokens") == c.expected);
    }
}

BOOST_AUTO_TEST_CASE(providers_have_the_names_of_the_published_list)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {
        {"openai", "OPENAI"},   {"anthropic", "ANTHROPIC"},
        {"google", "GOOGLE"},   {"vertex", "GOOGLE"},
        {"azure", "AZURE"},     {"bedrock", "AWS"},
        {"xai", "X"},           {"groq", "GROQ"},
        {"mistral", "MISTRAL"}, {"ollama", "LOCAL"},
        {"llamacpp", "LOCAL"},  {"vllm", "LOCAL"},
        {"lmstudio", "LOCAL"},  {"together", "TOGETHER"},
        {"cerebras", "CUSTOM"}, {"https://llm.example.com", "CUSTOM"},
        {"", "CUSTOM"},
    };
    for (auto const& c : cases) BOOST_TEST(to_json(provider_name_of(c.given)) == "\"" + std::string(c.expected) + "\"");
}

BOOST_AUTO_TEST_CASE(stored_json_stands_as_it_is_and_other_text_as_a_string)
{
    struct {
        std::string given, expected;
    } const cases[] = {
        {R"({ "a" : 1.0 })", R"({ "a" : 1.0 })"},
        {"[1,\n2]", "[1,\n2]"},
        {"\"text\"", "\"text\""},
        {"12", "12"},
        {"", "null"},
        {"plain", "\"plain\""},
        {R"({"cut": "in the mid)", R"("{\"cut\": \"in the mid")"},
        {"{} {}", R"("{} {}")"},
        {"data: 1\n\n", R"("data: 1\n\n")"},
        {std::string(1000, '['), "\"" + std::string(1000, '[') + "\""},
    };
    for (auto const& c : cases) BOOST_TEST(stored_body(c.given).text == c.expected);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
