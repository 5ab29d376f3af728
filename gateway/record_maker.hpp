#pragma once

#include "gateway/digest.hpp"
#include "gateway/formats/format.hpp"
#include "metrics/registry.hpp"
#include "pricing/price_table.hpp"
#include "storage/request_record.hpp"

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace weir::gateway
{

class exchange;

/// Turns finished exchanges into rows, and counts them: decodes content codings, assembles streams, reads models and
/// usage, prices. On the recorder's thread.
class record_maker
{
public:
    struct options {
        std::shared_ptr<pricing::price_table const> prices;
        bool raw_streams = false; ///< keep a stream's events beside the assembled message
        std::size_t max_body = 0; ///< bytes of decoded text kept of each body
    };

    /// `hash_key`: for hashes of credentials.
    record_maker(std::string hash_key, options how, metrics::registry& metrics);

    /// Makes rows in another way from the next one on. Any thread.
    void use(options how);

    /// Those of the next row. Any thread.
    std::shared_ptr<pricing::price_table const> prices();

    std::pair<storage::request_record, storage::bodies> make(exchange& from);

private:
    /// The series of one provider, model and class of status, which the next call will most likely need again.
    struct call_series {
        static constexpr std::array<char const*, 5> kinds{"prompt", "completion", "cache_read", "cache_write",
                                                          "reasoning"};

        metrics::counter* requests = nullptr;
        metrics::counter* cost = nullptr;
        std::array<metrics::counter*, kinds.size()> tokens{};
    };

    /// So many responses made in the background are remembered: who polls one gets its usage each time.
    static constexpr std::size_t most_told = 10'000;

    /// Whether an answer repeats usage that another call's row has already.
    bool is_told_again(std::string_view method, formats::reading const& answer);
    call_series& series_of(std::string const& provider, std::string const& model, int status);
    void count(storage::request_record const& row, exchange const& from);

    std::mutex mutex_;
    options options_; ///< guarded by mutex_
    keyed_hasher credential_hashes_;
    std::deque<std::string> told_; ///< ids of responses made in the background, oldest first
    metrics::family<metrics::counter>& requests_;
    metrics::family<metrics::counter>& tokens_;
    metrics::family<metrics::counter>& unpriced_;
    metrics::family<metrics::counter>& bodies_dropped_;
    metrics::family<metrics::counter>& cost_;
    std::unordered_map<std::string, call_series> series_;
    std::string series_key_;
    metrics::histogram& duration_;
    metrics::histogram& first_token_;
    metrics::histogram& overhead_;
};

} // namespace weir::gateway
