#include "mock/journal.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace json = boost::json;

namespace weir::mock
{
namespace
{

/// A body that is not UTF-8 cannot stand in JSON: its bytes above 127 become question marks.
std::string printable(std::string const& body)
{
    std::string text;
    std::size_t i = 0;
    auto const byte = [&body](std::size_t at) { return static_cast<unsigned char>(body[at]); };
    while (i < body.size()) {
        auto const lead = byte(i);
        std::size_t const length = lead < 0x80                   ? 1
                                   : lead >= 0xC2 && lead < 0xE0 ? 2
                                   : lead >= 0xE0 && lead < 0xF0 ? 3
                                   : lead >= 0xF0 && lead < 0xF5 ? 4
                                                                 : 0;
        bool valid = length > 0 && i + length <= body.size();
        for (std::size_t k = 1; valid && k < length; ++k) valid = (byte(i + k) & 0xC0) == 0x80;
        if (valid)
            text.append(body, i, length);
        else
            text += '?';
        i += valid ? length : 1;
    }
    return text;
}

} // namespace

std::uint64_t journal::connection_opened()
{
    ++open_;
    return ++accepted_;
}

std::uint64_t journal::enter(request const& seen)
{
    ++requests_;
    if (!record_) return 0;
    std::lock_guard const lock(mutex_);
    entries_.push_back({seen, false, false});
    auto const number = first_number_ + entries_.size() - 1;
    while (entries_.size() > max_entries || (text_bytes_ > max_text_bytes && entries_.size() > 1)) {
        text_bytes_ -= entries_.front().seen.body.size();
        entries_.pop_front();
        ++first_number_;
    }
    return number;
}

journal::entry* journal::find(std::uint64_t number)
{
    if (number < first_number_ || number - first_number_ >= entries_.size()) return nullptr;
    return &entries_[number - first_number_];
}

void journal::set_body(std::uint64_t number, request const& seen)
{
    if (!record_) return;
    std::lock_guard const lock(mutex_);
    auto* const found = find(number);
    if (!found) return;
    text_bytes_ += seen.body.size();
    found->seen.body = seen.body;
    found->seen.body_bytes = seen.body_bytes;
    found->seen.sha256 = seen.sha256;
}

void journal::close(std::uint64_t number, bool aborted)
{
    if (aborted) ++aborted_;
    if (!record_) return;
    std::lock_guard const lock(mutex_);
    if (auto* const found = find(number)) {
        found->aborted = aborted;
        found->finished = !aborted;
    }
}

bool journal::is_among_first(std::string const& key, std::uint64_t times)
{
    std::lock_guard const lock(mutex_);
    if (counted_.size() >= max_entries) counted_.clear();
    return ++counted_[key] <= times;
}

std::string journal::requests_as_json() const
{
    json::array list;
    std::lock_guard const lock(mutex_);
    for (auto const& e : entries_) {
        json::array headers;
        for (auto const& [name, value] : e.seen.headers)
            headers.push_back(json::array{printable(name), printable(value)});
        list.push_back({{"method", e.seen.method},
                        {"target", printable(e.seen.target)},
                        {"headers", std::move(headers)},
                        {"body", printable(e.seen.body)},
                        {"body_bytes", e.seen.body_bytes},
                        {"sha256", e.seen.sha256},
                        {"connection", e.seen.connection},
                        {"aborted", e.aborted},
                        {"finished", e.finished}});
    }
    return json::serialize(list);
}

std::string journal::stats_as_json() const
{
    return json::serialize(json::object{{"connections", accepted_.load()},
                                        {"open", open_.load()},
                                        {"requests", requests_.load()},
                                        {"aborted", aborted_.load()}});
}

void journal::clear()
{
    std::lock_guard const lock(mutex_);
    first_number_ += entries_.size();
    entries_.clear();
    counted_.clear();
    text_bytes_ = 0;
}

} // namespace weir::mock
