#pragma once

#include "gateway/authorization.hpp"
#include "gateway/capture.hpp"
#include "gateway/record_maker.hpp"
#include "gateway/told_call.hpp"
#include "storage/recorder.hpp"
#include "storage/uuid.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace weir::gateway
{

/// What somebody logs of a call that weir did not carry, as it came.
struct submission {
    caller who;
    std::string provider;             ///< the one that the path names; empty: the text says, or the URL in it
    std::string otherwise = "custom"; ///< the provider when nothing names one
    header_list fields;               ///< of the HTTP request: the Helicone-* ones count, before those in the text
    std::string json;                 ///< for read_told_call
};

/// The id of a call that was recorded, or why it was not: malformed_request, request_too_large, or a code whose cause
/// may pass.
using log_outcome = boost::system::result<storage::uuid, refusal>;

/// Records calls that weir did not carry. Nothing is read on the threads that submit: that happens where all bodies are
/// read, on the recorder's.
class call_log
{
public:
    /// A submission's JSON has at most so many bytes.
    static constexpr std::size_t most_bytes = 10 * 1024 * 1024;

    struct options {
        std::size_t max_body = 0;             ///< kept of each body
        std::chrono::milliseconds patience{}; ///< until a submission must have been recorded
        bool records = true;                  ///< else each is refused
    };

    call_log(record_maker& maker, capture_budget& captures, storage::recorder& to, options how)
        : maker_(maker)
        , captures_(captures)
        , recorder_(to)
        , max_body_(how.max_body)
        , patience_(how.patience)
        , records_(how.records)
    {
    }

    /// Takes up other settings for the submissions to come. Any thread.
    void use(std::size_t max_body, std::chrono::milliseconds patience)
    {
        max_body_ = max_body;
        patience_ = patience;
    }

    /// Answers once the call is committed, on the caller's executor, which one thread runs. Any thread.
    boost::asio::awaitable<log_outcome> take(submission what);

private:
    record_maker& maker_;
    capture_budget& captures_;
    storage::recorder& recorder_;
    std::atomic<std::size_t> max_body_;
    std::atomic<std::chrono::milliseconds> patience_;
    bool const records_;
};

} // namespace weir::gateway
