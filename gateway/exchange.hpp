#pragma once

#include "gateway/capture.hpp"
#include "gateway/formats/format.hpp"
#include "gateway/routing.hpp"
#include "net/http_message.hpp"
#include "storage/recorder.hpp"
#include "storage/request_record.hpp"

#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weir::gateway
{

class record_maker;

/// What is known of a websocket session beside its messages, which the captures have as transcripts
/// (websocket/transcript.hpp).
struct session_facts {
    formats::reading said;                               ///< by the provider's events, summed
    std::uint64_t request_bytes = 0, response_bytes = 0; ///< what went through, frames included
    std::uint64_t request_messages = 0, response_messages = 0;
};

/// A call as the network thread leaves it: what is known without looking into bodies. The recorder's thread turns it
/// into a row (see record_maker).
class exchange final : public storage::pending_record
{
public:
    exchange(record_maker& maker, capture_budget& budget)
        : request(budget)
        , response(budget)
        , maker_(&maker)
    {
    }

    std::pair<storage::request_record, storage::bodies> make() override;
    void settle(boost::system::error_code error) noexcept override;
    std::size_t bytes() const override;
    void drop_bodies() override;
    void amend(storage::request_record& made) const override;
    bool is_awaited() const override { return static_cast<bool>(on_settled); }
    bool is_provisional() const override { return is_open; }

    storage::request_record row;  ///< ids, times, status, sizes, errors
    net::request_head head;       ///< as received, with its secrets: in memory only
    weir::gateway::route sent_to; ///< empty but for the format when the call had no route; as secret

    std::string own_credential; ///< the provider's key that was sent in place of a gateway or proxy key: secret

    capture request, response;
    int upstream_status = 0;              ///< 0: no response came
    bool response_ended = false;          ///< the response's body came to its proper end
    bool is_request_partial = false;      ///< not all of the request's body was received
    std::optional<session_facts> session; ///< the call became a websocket
    bool is_open = false;                 ///< which goes on: its own exchange will follow
    bool was_told = false; ///< weir did not carry it: somebody logged it, and of its times only what they say is known
    std::optional<std::int64_t> told_cost_nanos; ///< what they say that it cost

    /// Called on the recorder's thread with what became of the row, when somebody waits for the commit.
    std::function<void(boost::system::error_code)> on_settled;

    /// Whether who waited did so for too long, and has cut the answer. None: nobody waits.
    std::shared_ptr<std::atomic<bool> const> is_cut;

private:
    record_maker* maker_;
};

} // namespace weir::gateway
