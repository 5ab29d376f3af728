#include "tests/support/sample_database.hpp"

#include "storage/body_block.hpp"
#include "storage/migrations.hpp"
#include "storage/request_writer.hpp"
#include "storage/sql_functions.hpp"
#include "storage/traffic.hpp"

namespace weir::storage
{
namespace
{

connection opened(std::string const& path)
{
    std::string problem;
    auto db = open_and_migrate(path, problem);
    if (!db) throw std::runtime_error(problem);
    return std::move(*db);
}

} // namespace

fresh_database::fresh_database()
    : db(opened(path))
{
    if (auto const added = add_sql_functions(db); !added) throw std::runtime_error(added.error().message());
}

request_record minimal(std::int64_t id)
{
    request_record r;
    r.id = row_id{id};
    r.request_id = public_id(r.id, 7);
    r.created_us = 1'000'000 + id;
    r.ended_us = 2'000'000 + id;
    r.method = "POST";
    r.path = "/v1/x";
    r.status = 200;
    return r;
}

request_record minimal_at(std::int64_t time_us, std::int64_t n)
{
    std::chrono::system_clock::time_point const time{std::chrono::microseconds(time_us)};
    auto r = minimal(static_cast<std::int64_t>(first_row_id(time)) + n);
    r.created_us = time_us;
    r.ended_us = time_us + 1'000'000;
    return r;
}

request_record complete(std::int64_t id)
{
    auto r = minimal(id);
    r.client_chose_id = true;
    r.organization = organization_id{1};
    r.api_key_id = 11;
    r.time_to_first_byte_us = 12;
    r.time_to_first_token_us = 13;
    r.overhead_us = 14;
    r.provider = "openai";
    r.target_url = "https://api.openai.com/v1/x";
    r.model = "model";
    r.request_model = "request model";
    r.response_model = "response model";
    r.model_override = "override";
    r.status = -3;
    r.is_stream = true;
    r.finish_reason = "stop";
    r.error_type = "type";
    r.error_message = "message";
    r.stream_error = "cut";
    r.usage_missing = true;
    r.warning = "warning";
    r.user_id = "us\xc3\xa9r";
    r.properties = {{"B", "2"}, {"a", "quote\" back\\slash \xe2\x82\xac"}, {"b", ""}};
    r.session_id = "s";
    r.session_name = "n";
    r.session_path = "/p";
    r.prompt_id = "pi";
    r.prompt_version = "pv";
    r.retry_count = 2;
    r.provider_auth_hash = "abcd";
    r.used = {.prompt = 101,
              .prompt_reported = 102,
              .completion = 103,
              .total = 104,
              .cache_read = 105,
              .cache_write = 106,
              .cache_write_5m = 107,
              .cache_write_1h = 108,
              .reasoning = 109,
              .prompt_audio = 110,
              .completion_audio = 111};
    r.cost = {.nanos = 9'007'199'254'740'993, .source = pricing::cost_source::override_rule};
    r.cost_flags = "approximate";
    r.price_table_version = "2026-01-01";
    r.request_bytes = 5'000'000'000;
    r.response_bytes = 6'000'000'000;
    r.request_messages = 15;
    r.response_messages = 16;
    r.request_truncated = r.response_truncated = true;
    r.body_missing = "";
    r.has_body = true;
    return r;
}

std::string told(request_record const& r)
{
    std::string out;
    auto const put = [&](std::string_view name, auto const& value) {
        out.append(name).append("=");
        if constexpr (std::is_convertible_v<decltype(value), std::string>)
            out += '"' + std::string(value) + '"';
        else if constexpr (requires { value.has_value(); })
            out += value ? std::to_string(*value) : "none";
        else
            out += std::to_string(static_cast<std::int64_t>(value));
        out += '\n';
    };
#define WEIR_PUT(member) put(#member, r.member)
    WEIR_PUT(id), WEIR_PUT(client_chose_id), WEIR_PUT(organization), WEIR_PUT(api_key_id), WEIR_PUT(created_us);
    WEIR_PUT(ended_us), WEIR_PUT(time_to_first_byte_us), WEIR_PUT(time_to_first_token_us), WEIR_PUT(overhead_us);
    WEIR_PUT(method), WEIR_PUT(provider), WEIR_PUT(path), WEIR_PUT(target_url), WEIR_PUT(model);
    WEIR_PUT(request_model), WEIR_PUT(response_model), WEIR_PUT(model_override), WEIR_PUT(status);
    WEIR_PUT(is_stream), WEIR_PUT(finish_reason), WEIR_PUT(error_type), WEIR_PUT(error_message);
    WEIR_PUT(stream_error), WEIR_PUT(usage_missing), WEIR_PUT(warning), WEIR_PUT(user_id), WEIR_PUT(session_id);
    WEIR_PUT(session_name), WEIR_PUT(session_path), WEIR_PUT(prompt_id), WEIR_PUT(prompt_version);
    WEIR_PUT(retry_count), WEIR_PUT(provider_auth_hash), WEIR_PUT(used.prompt), WEIR_PUT(used.prompt_reported);
    WEIR_PUT(used.completion), WEIR_PUT(used.total), WEIR_PUT(used.cache_read), WEIR_PUT(used.cache_write);
    WEIR_PUT(used.cache_write_5m), WEIR_PUT(used.cache_write_1h), WEIR_PUT(used.reasoning);
    WEIR_PUT(used.prompt_audio), WEIR_PUT(used.completion_audio), WEIR_PUT(cost.nanos), WEIR_PUT(cost.source);
    WEIR_PUT(cost_flags), WEIR_PUT(price_table_version), WEIR_PUT(request_bytes), WEIR_PUT(response_bytes);
    WEIR_PUT(request_messages), WEIR_PUT(response_messages);
    WEIR_PUT(request_truncated), WEIR_PUT(response_truncated), WEIR_PUT(body_missing), WEIR_PUT(has_body);
#undef WEIR_PUT
    put("request_id", r.request_id.text());
    for (auto const& [name, value] : r.properties) put("property " + name, value);
    return out;
}

result<void> insert(connection& db, std::vector<request_record> records, bodies const& content)
{
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    body_packer packer;
    traffic_batch traffic;
    for (auto& r : records) {
        if (r.has_body) packer.add(r.id, content);
        auto const block = r.has_body ? std::optional(r.id) : std::nullopt;
        if (auto done = insert_request(db, r, block); !done) return done;
        if (r.has_body)
            if (auto done = insert_block(db, r.id, packer.pack()); !done) return done;
        traffic.add(r);
    }
    if (auto done = traffic.write(db); !done) return done;
    return begun->commit();
}

} // namespace weir::storage
