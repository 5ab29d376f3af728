#pragma once

#include "gateway/exchange.hpp"
#include "gateway/record_maker.hpp"

#include <memory>
#include <string>
#include <string_view>

/// What the tests of rows made of exchanges share.
namespace weir::gateway
{

/// A question, and an answer to it that 7,250,000 billionths of a dollar are the price of.
inline constexpr std::string_view asked = R"({"model":"gpt-4o","user":"u7","messages":[]})";

inline std::string answer(std::string_view content = "Hi")
{
    return R"({"model":"gpt-4o-2024-08-06","choices":[{"message":{"role":"assistant","content":")" +
           std::string(content) +
           R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,)"
           R"("prompt_tokens_details":{"cached_tokens":200}}})";
}

inline pricing::price_table const& prices()
{
    static auto const table = pricing::price_table::embedded();
    return table;
}

inline std::shared_ptr<pricing::price_table const> shared_prices() { return {std::shared_ptr<void>(), &prices()}; }

struct made {
    storage::request_record row;
    storage::bodies bodies;
};

/// Makes one exchange after the other into rows.
struct making {
    metrics::registry metrics;
    capture_budget budget{100'000'000};

    /// The maker's options and the limit of captures, before an exchange is begun.
    std::size_t limit = 1'000'000;
    bool raw_streams = false;
    std::unique_ptr<record_maker> maker;
    std::unique_ptr<exchange> call;

    exchange& begin(std::string_view response_type = "application/json", std::string_view coding = "")
    {
        maker = std::make_unique<record_maker>("hash key", record_maker::options{shared_prices(), raw_streams, limit},
                                               metrics);
        return continue_with(response_type, coding);
    }

    /// The next exchange of the same maker.
    exchange& continue_with(std::string_view response_type = "application/json", std::string_view coding = "")
    {
        call = std::make_unique<exchange>(*maker, budget);
        call->sent_to.provider = "openai";
        call->sent_to.target = "/v1/chat/completions?key=x";
        call->upstream_status = call->row.status = 200;
        call->response_ended = true;
        call->head.method = "POST";
        call->row.created_us = 1'750'000'000'000'000;
        call->row.ended_us = call->row.created_us + 1'000'000;
        call->request.begin("application/json", "", limit);
        call->response.begin(response_type, coding, limit);
        return *call;
    }

    made make()
    {
        auto [row, bodies] = call->make();
        return {std::move(row), std::move(bodies)};
    }
    bool says(std::string const& line) { return metrics.text().find("\n" + line + "\n") != std::string::npos; }
};

} // namespace weir::gateway
