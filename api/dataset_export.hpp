#pragma once

#include "api/export_steps.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <string>

namespace weir::api
{

/// The rows of a dataset that are copies of calls, oldest first, as text: as lines of JSON in the form of OpenAI's
/// fine-tuning, or as CSV (docs/datasets.md). In bounded memory, whatever there is.
class dataset_export
{
public:
    dataset_export(storage::uuid const& dataset, export_format format)
        : dataset_(dataset)
        , format_(format)
    {
    }

    /// What comes next: a MiB or a little more, one row if that is longer; perhaps nothing yet.
    storage::result<std::string> step(storage::connection& db);

    bool is_done() const { return is_done_; }

private:
    storage::uuid dataset_;
    export_format format_;
    std::int64_t after_ = 0;
    bool has_begun_ = false, is_done_ = false;
};

} // namespace weir::api
