import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { CreateTaskDto } from './create-task.dto.js';

/** One task of a batch. */
export class BatchItemDto extends CreateTaskDto {
  @ApiPropertyOptional({
    description: 'as the header `Idempotency-Key` of a single create; over the batch’s own',
  })
  @IsOptional()
  @IsString({ message: 'idempotencyKey takes a text of 1 to 255 bytes' })
  idempotencyKey?: string;
}
