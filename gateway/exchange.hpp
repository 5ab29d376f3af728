#pragma once

#include "config/settings.hpp"
#include "gateway/call_headers.hpp"
#include "gateway/capture.hpp"
#include "gateway/routing.hpp"
#include "storage/recorder.hpp"
#include "storage/request_record.hpp"

#include <boost/system/error_code.hpp>

#include <functional>
#include <string>

namespace weir::gateway
{

class record_maker;

/// A call as the network thread leaves it: what is known without looking into bodies. The recorder's thread turns it
/// into a row (see record_maker).
class exchange final : public storage::pending_record
{
public:
    exchange(record_maker const& maker, capture_budget& budget)
        : request(budget)
        , response(budget)
        , maker_(&maker)
    {
    }

    std::pair<storage::request_record, storage::bodies> make() override;
    void settle(boost::system::error_code error) noexcept override;
    std::size_t bytes() const override;
    void drop_bodies() override;
    bool is_awaited() const override { return static_cast<bool>(on_settled); }

    storage::request_record row; ///< ids, times, status, sizes, errors
    call_headers headers;
    std::string provider;
    config::wire_format format = config::wire_format::openai;
    std::string target; ///< the provider's path and query, unredacted: in memory only
    bool local = false;

    capture request, response;
    int upstream_status = 0;     ///< 0: no response came
    bool response_ended = false; ///< the response's body came to its proper end

    /// Called on the recorder's thread with what became of the row, when somebody waits for the commit.
    std::function<void(boost::system::error_code)> on_settled;

private:
    record_maker const* maker_;
};

} // namespace weir::gateway
