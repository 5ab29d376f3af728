#pragma once

#include "evaluation/subject.hpp"

#include <memory>
#include <optional>
#include <string>

/// Evaluators that are declared, not programmed: a check looks at one value of a call and answers yes or no, or with a
/// number. docs/evaluators.md has the kinds. Checks cannot loop, reach anything or take long.
namespace weir::evaluation
{

/// What a check comes to, or why it comes to nothing: where it looks, nothing of use may stand.
struct check_result {
    std::optional<score> value;
    std::string problem;
};

/// One check, read once and run often. Immutable: any thread.
class check
{
public:
    /// Reads a declaration, a JSON object. On failure null, and `problem` names the member, what is wrong with it and
    /// what it may be.
    static std::shared_ptr<check const> read(json::value const& declaration, std::string& problem);

    virtual ~check() = default;
    virtual check_result run(subject const& of) const = 0;
};

} // namespace weir::evaluation
