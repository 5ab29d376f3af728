#include "weir/process_metrics.hpp"

#include <filesystem>

namespace weir
{
namespace
{

double size_of(std::string const& path)
{
    std::error_code missing;
    auto const bytes = std::filesystem::file_size(path, missing);
    return missing ? 0 : static_cast<double>(bytes);
}

} // namespace

void add_process_metrics(metrics::registry& metrics, std::string const& database)
{
    metrics.gauges("weir_build_info", "The version that runs; always 1.", {"version"},
                   [](metrics::registry::series_sink const& sink) { sink({WEIR_VERSION}, 1); });
    metrics.gauge("weir_database_bytes", "Size of the database file.", [database] { return size_of(database); });
    metrics.gauge("weir_database_wal_bytes", "Size of the database's write-ahead log.",
                  [database] { return size_of(database + "-wal"); });
}

} // namespace weir
