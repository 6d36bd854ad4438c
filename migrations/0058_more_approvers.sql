-- A release that was approved may wait once more: where policy asks for more approvers by then, their number is another.
GRANT UPDATE (needed) ON enforcement.approvals TO writgate_web;
