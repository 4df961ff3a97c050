import { ApiHeader } from '@nestjs/swagger';

export const ApiMaxCost = () =>
  ApiHeader({
    name: 'x-taskgate-max-cost',
    required: false,
    description:
      'USD; refused with 402 when it may cost more. As the field `max_cost`; the smaller counts',
  });
