#include "api/histogram_types.hpp"

#include "api/write_json.hpp"

namespace weir::api
{
namespace
{

double share_of(p_size size)
{
    switch (size) {
    case p_size::p50: return 0.5;
    case p_size::p75: return 0.75;
    case p_size::p95: return 0.95;
    case p_size::p99: return 0.99;
    case p_size::p99_9: return 0.999;
    }
    return 1;
}

} // namespace

std::vector<histogram_row> histogram_rows(std::vector<double> values, histogram_cut cut)
{
    auto const kept = storage::within_percentile(std::move(values), share_of(cut.size), cut.between);
    std::vector<histogram_row> shown;
    for (auto const& bin : storage::histogram_of(kept))
        shown.push_back({to_json(bin.lower), to_json(bin.upper), bin.count});
    return shown;
}

} // namespace weir::api
