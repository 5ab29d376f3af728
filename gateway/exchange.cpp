#include "gateway/exchange.hpp"

#include "gateway/record_maker.hpp"

namespace weir::gateway
{

std::pair<storage::request_record, storage::bodies> exchange::make() { return maker_->make(*this); }

void exchange::settle(boost::system::error_code error) noexcept
{
    if (on_settled) on_settled(error);
}

void exchange::amend(storage::request_record& made) const
{
    if (is_cut && *is_cut)
        made.stream_error = "the answer was cut: its row was not committed in time (storage.commit_timeout)";
}

void exchange::drop_bodies()
{
    request.drop_text();
    response.drop_text();
}

std::size_t exchange::bytes() const
{
    return sizeof *this + request.memory() + response.memory() + head.raw.size() + sent_to.target.size();
}

} // namespace weir::gateway
